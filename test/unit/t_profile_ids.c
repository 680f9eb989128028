/* SPDX-License-Identifier: MIT */
/* t_profile_ids.c - who a record is about, and its members by name. */

#include "kl/limits.h"

#include "profile.h"

static void
identifiers(void)
{
	struct kl_profile_ids ids = { 0 };
	const char *text = "{\"id\":\"01H\",\"email\":\"Mira@Shop.Example\","
			   "\"phone_number\":\"+49151\\u0031\","
			   "\"\\u005fkx\":\"k\",\"external_id\":\"A7\"}";

	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, 0, &err) == KL_OK, "identifiers");
	isn(ids.email.s, ids.email.n, "mira@shop.example",
	    "the address is folded");
	isn(ids.phone.s, ids.phone.n, "+491511", "escapes are resolved");
	isn(ids.external_id.s, ids.external_id.n, "A7",
	    "the external id is not folded");
	isn(ids.id.s, ids.id.n, "01H", "the id");
	isn(ids.kx.s, ids.kx.n, "k", "the tracking id");
	text = "{\"email\":\"\\u0041@B.co\",\"id\":null,\"phone_number\":7}";
	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, 0, &err) == KL_OK, "once more");
	isn(ids.email.s, ids.email.n, "a@b.co",
	    "an address with escapes is folded too");
	ok(ids.id.n == 0 && ids.phone.n == 0 && ids.kx.n == 0 &&
		ids.external_id.n == 0,
	    "null, numbers and what is absent are empty");

	text = "{\"type\":\"profile\",\"attributes\":{\"external_id\":\"x\"}}";
	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, kl_json_get(&doc, 0, "attributes"),
	       &err) == KL_OK,
	    "from an object within");
	isn(ids.external_id.s, ids.external_id.n, "x", "the same members");
	ok(kl_profile_ids(&ids, &doc, 2, &err) == KL_OK &&
		ids.external_id.n == 0,
	    "what is no object has none");
	kl_profile_ids_free(&ids);
}

static void
envelope(void)
{
	struct kl_buf b = { 0 };

	kl_import_open(&b);
	kl_import_close(&b, NULL);
	isn(b.s, b.n,
	    "{\"data\":{\"type\":\"profile-bulk-import-job\",\"attributes\":"
	    "{\"profiles\":{\"data\":[]}}}}",
	    "the body of an import into no list");
	ok(b.n == kl_import_envelope(0), "its size");
	kl_buf_reset(&b);
	kl_import_open(&b);
	kl_import_close(&b, "VRgFBd");
	isn(b.s, b.n,
	    "{\"data\":{\"type\":\"profile-bulk-import-job\",\"attributes\":"
	    "{\"profiles\":{\"data\":[]}},\"relationships\":{\"lists\":"
	    "{\"data\":[{\"type\":\"list\",\"id\":\"VRgFBd\"}]}}}}",
	    "the body of an import into a list");
	ok(b.n == kl_import_envelope(KL_LIST_ID_CHARS), "its size");
	kl_buf_free(&b);
}

/* Of a profile; of a location. */
static const char *const known[] = { "id", "_kx", "meta", "email", "image",
	"title", "locale", "consent", "created", "updated", "location",
	"last_name", "first_name", "properties", "external_id", "anonymous_id",
	"organization", "phone_number", "subscriptions", "whatsapp_bsuid",
	"joined_group_at", "last_event_date", "predictive_analytics", "ip",
	"zip", "city", "region", "country", "address1", "address2", "latitude",
	"timezone", "longitude" };

static void
names(void)
{
	size_t i;
	const char *const *n;
	const struct kl_member *row;
	int bad = 0;

	for (n = kl_profile_names(); *n != NULL; n++) {
		if (strncmp(*n, "location.", 9) == 0)
			row = kl_location_member(KL_SPAN(*n + 9));
		else
			row = kl_profile_member(KL_SPAN(*n));
		bad += row == NULL;
	}
	ok(bad == 0, "every name offered as the nearest is a member");
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		row = i < 23 ? kl_profile_member(KL_SPAN(known[i]))
			     : kl_location_member(KL_SPAN(known[i]));
		ok(row != NULL && strcmp(row->name, known[i]) == 0, known[i]);
	}
	ok(kl_profile_member(KL_SPAN("")) == NULL &&
		kl_profile_member(KL_SPAN("i")) == NULL &&
		kl_profile_member(KL_SPAN("predictive_analytics_")) == NULL &&
		kl_location_member(KL_SPAN("email")) == NULL,
	    "other names are not");
}

int
main(void)
{
	identifiers();
	envelope();
	names();
	kl_json_free(&doc);
	return done();
}
