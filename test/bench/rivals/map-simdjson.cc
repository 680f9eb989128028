/* SPDX-License-Identifier: MIT */
/*
 * map-simdjson - the same as map.json says, with simdjson On-Demand.
 *
 * The fastest way it has: values are copied as the bytes they are, nothing is
 * unescaped, a block of records is indexed at once, and one write a block.
 */

#include <cstdio>
#include <cstring>
#include <string_view>

#include <simdjson.h>
#include <unistd.h>

using namespace simdjson;

static const struct field {
	std::string_view name, to; /* what comes before the value */
} fields[] = {
	{ "Email", "{\"email\":" },
	{ "FirstName", ",\"first_name\":" },
	{ "LastName", ",\"last_name\":" },
	{ "CustomerId", ",\"external_id\":" },
	{ "Company", ",\"organization\":" },
	{ "Language", ",\"locale\":" },
	{ "Street", ",\"location\":{\"address1\":" },
	{ "City", ",\"city\":" },
	{ "State", ",\"region\":" },
	{ "Country", ",\"country\":" },
	{ "Zip", ",\"zip\":" },
	{ "Plan", "},\"properties\":{\"Plan\":" },
	{ "SignedUp", ",\"SignedUp\":" },
	{ "Orders", ",\"Orders\":" },
	{ "Store", ",\"Store\":" },
	{ "OptIn", ",\"OptIn\":" },
};
constexpr size_t n_fields = sizeof(fields) / sizeof(*fields);
constexpr size_t block_size = 1 << 18;

static char in[block_size + SIMDJSON_PADDING];
static char out[4 * block_size];
static size_t out_n;

/* The field of a name, by its length and two of its letters. */
static unsigned char slot_of[16][128];

static unsigned char &
place(const char *name, size_t n)
{
	return slot_of[n][(name[0] * 3 + name[2]) & 0x7F];
}

/* The field of a name that ends with a quote, from 1; 0: none. */
static size_t
slot(const char *raw)
{
	const char *end = (const char *)memchr(raw, '"', 16);
	size_t n = end == nullptr ? 0 : (size_t)(end - raw);
	size_t i = n == 0 ? 0 : place(raw, n);

	return i > 0 && memcmp(fields[i - 1].name.data(), raw, n) == 0 ? i : 0;
}

static void
put(std::string_view s)
{
	memcpy(out + out_n, s.data(), s.size());
	out_n += s.size();
}

/* A quoted address, trimmed and in small letters. */
static void
put_email(std::string_view s)
{
	s = s.substr(1, s.rfind('"') - 1);
	while (!s.empty() && s.front() == ' ')
		s.remove_prefix(1);
	while (!s.empty() && s.back() == ' ')
		s.remove_suffix(1);
	out[out_n++] = '"';
	for (char c : s)
		out[out_n++] =
		    (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	out[out_n++] = '"';
}

static void
map_one(ondemand::object record)
{
	std::string_view value[n_fields];
	size_t i;

	for (auto member : record) {
		if ((i = slot(member.key().value().raw())) > 0)
			value[i - 1] = member.value().raw_json_token();
	}
	for (i = 0; i < n_fields; i++) {
		put(fields[i].to);
		if (value[i].empty())
			put("null");
		else if (i == 0)
			put_email(value[i]);
		else
			put(value[i]);
	}
	put("}}\n");
}

/* Map the n bytes of whole records. */
static void
map_block(ondemand::parser &parser, size_t n)
{
	ondemand::document_stream records =
	    parser.iterate_many(in, n, block_size);

	for (auto record : records)
		map_one(record.get_object());
	for (size_t at = 0; at < out_n;) {
		ssize_t w = write(1, out + at, out_n - at);
		if (w < 0)
			throw std::runtime_error("write");
		at += (size_t)w;
	}
	out_n = 0;
}

static void
map_all()
{
	ondemand::parser parser;
	size_t have = 0, whole;
	const char *nl;
	ssize_t n;

	while ((n = read(0, in + have, block_size - have)) > 0) {
		have += (size_t)n;
		nl = (const char *)memrchr(in, '\n', have);
		if (nl == nullptr)
			continue;
		whole = (size_t)(nl - in) + 1;
		map_block(parser, whole);
		memmove(in, in + whole, have - whole);
		have -= whole;
	}
	if (n < 0 || have > 0)
		throw std::runtime_error("no whole records");
}

int
main()
{
	for (size_t i = 0; i < n_fields; i++)
		place(fields[i].name.data(), fields[i].name.size()) =
		    (unsigned char)(i + 1);
	try {
		map_all();
	} catch (const std::exception &e) {
		fprintf(stderr, "map-simdjson: %s\n", e.what());
		return 65;
	}
	return 0;
}
