/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consent.h"
#include "cursor.h"
#include "errors.h"
#include "events.h"
#include "filter.h"
#include "jobs.h"
#include "kl/buf.h"
#include "kl/json.h"
#include "kl/opt.h"
#include "kl/out.h"
#include "profile.h"
#include "shape.h"
#include "store.h"
#include "work.h"

/*
 * box.h - the sandbox, a request to it, and the table of operations.
 *
 * One thread does everything, so nothing is locked.  A request is collected
 * whole, answered whole into a buffer of its own, and only then sent: what an
 * effect was is in the ledger before its answer leaves.
 */

#define ACCOUNT_ID "SNDBX1"
#define DEFAULT_KEY "pk_sandbox"
#define DEFAULT_LIST "SNDBOX"

#define MAX_BODY ((size_t)5000000) /* bytes; 5 MB of the guide */
#define MAX_PROFILE ((size_t)100000)
#define MAX_IMPORT 10000U
#define MAX_MEMBERS 1000U
#define MAX_SUBSCRIBE 1000U
#define MAX_UNSUBSCRIBE 100U
#define MAX_SUPPRESS 100U
#define MAX_EVENTS 1000U

/* --- settings -------------------------------------------------------- */

/* How the sandbox reads what the evidence leaves open; see readings.c. */
struct readings {
	enum {
		IMPORT_MERGE,
		IMPORT_REFUSE,
		IMPORT_ERROR
	} import_duplicate;
	enum conflict identity_conflict;
	bool revision_forward; /* an absent revision is the newest */
	bool oversize_400;
	bool null_coordinates;	/* of an unknown place; false: left out */
	bool null_unsets;	/* a property that is null is taken away */
	bool opt_in_double;	/* the account's lists ask again by mail */
	bool subscribe_new;	/* without a list: an unknown address is made */
	bool consented_400;	/* consented_at for a double-opt-in list */
	bool leave_list;	/* who unsubscribes from a list leaves it */
	bool suppress_skips;	/* an address that nobody has */
	bool events_dropped;	/* a unique_id twice in one request */
	bool limits_dropped;	/* an event over a limit */
	bool test_domains;	/* are kept like any other */
	bool since_1990;	/* events, not since 2000 */
	bool no_event_merge;	/* an event's identifiers join nobody */
	bool merge_201;		/* as published, not as recorded */
	bool count_lags;	/* profile_count */
	bool age_gate;		/* sms asks for the date of birth */
	const char *sms_region; /* how numbers begin; NULL: anyhow */
	uint64_t any_max;
};
/* "NAME=VALUE".  KL_EUSAGE names the values there are. */
enum kl_rc readings_set(struct readings *r, const char *spec,
    struct kl_err *err);

/* --- auth.c: keys and scopes ----------------------------------------- */

/* In the order of scope_names[] in auth.c. */
enum scope {
	NO_SCOPE = 0,
	ACCOUNTS_READ = 1 << 0,
	LISTS_READ = 1 << 1,
	LISTS_WRITE = 1 << 2,
	PROFILES_READ = 1 << 3,
	PROFILES_WRITE = 1 << 4,
	SEGMENTS_READ = 1 << 5,
	SUBSCRIPTIONS_READ = 1 << 6,
	SUBSCRIPTIONS_WRITE = 1 << 7,
	EVENTS_READ = 1 << 8,
	EVENTS_WRITE = 1 << 9,
	METRICS_READ = 1 << 10,
	TAGS_READ = 1 << 11,
	TAGS_WRITE = 1 << 12,
	PRIVACY_WRITE = 1 << 13,
	PUSH_TOKENS_READ = 1 << 14,
	CONVERSATIONS_READ = 1 << 15,
	FLOWS_READ = 1 << 16,
};

struct key_row {
	struct kl_span key;
	unsigned scopes;
};
struct keys {
	struct key_row *row;
	size_t n;
};
/* "KEY" or "KEY:scope,scope". */
enum kl_rc keys_add(struct keys *k, const char *spec, struct kl_err *err);

/* --- limits.c: windows ------------------------------------------------ */

struct rate {
	unsigned burst, steady, daily; /* per second, minute, day; 0: none */
};
struct window {
	uint64_t start; /* milliseconds of the steady clock */
	unsigned used;
};
struct bucket {
	struct window w[3];
};
/* Stricter windows, shared by all operations, of some parameters. */
enum extra {
	EXTRA_PREDICTIVE,
	EXTRA_COUNT,
	EXTRA_INCLUDE,
	EXTRAS
};

#define OPERATIONS_MAX 96
struct limits {
	bool off;
	uint64_t factor;
	struct bucket op[OPERATIONS_MAX], extra[EXTRAS];
};
enum kl_rc limits_set(struct limits *l, const char *spec, struct kl_err *err);

/* --- ops.c: the table of operations ---------------------------------- */

enum verb {
	GET,
	POST,
	PATCH,
	DELETE,
	VERBS
};

struct resource {
	const char *type;
	const struct field *fields;
	unsigned groups; /* of the rows that it has beside those of ALWAYS */
};

struct req;
struct op {
	const char *id; /* of the OpenAPI document */
	enum verb verb;
	const char *path; /* "{}" stands for an id */
	unsigned scopes;
	struct rate rate;
	void (*run)(struct req *q);
	bool body;
	const struct resource *fields[5]; /* types that fields[] may name */
	const struct resource *more;	  /* type of additional-fields[] */
	const char *include;		  /* words */
	const struct filter_rule *filters;
	const char *sorts; /* words, without the minus */
	unsigned size;	   /* of a page; 0: no pages */
	unsigned size_max; /* 0: no page[size] */
	bool segments;	   /* what others do with lists */
};
extern const struct op operations[];
extern const size_t operations_n;

/* The operation, with the ids in its path; NULL and the verbs that the path
 * has (0: no such path). */
#define PATH_IDS 1
const struct op *op_find(enum verb verb, struct kl_span path,
    struct kl_span id[PATH_IDS], unsigned *verbs);
const struct op *op_named(struct kl_span id);
/* GET, POST, ...; VERBS if it is none of them. */
enum verb verb_of(const char *method);
const char *verb_name(enum verb v);

/* --- query.c ----------------------------------------------------------- */

#define PARAMS 24
struct param {
	struct kl_span name, value; /* decoded */
};
struct query {
	struct kl_buf text;
	struct param p[PARAMS];
	size_t n;
	struct picks fields[5]; /* as op->fields */
	struct picks more;
	unsigned include; /* bits, by the words of op->include */
	struct filter filter;
	int sort; /* index of the word; -1: none was asked for */
	bool down;
	unsigned size;
	uint64_t bind; /* of cursors */
	struct cursor cursor;
};
/* Read the query string by what the operation allows. */
bool query_read(struct req *q, struct problem *p);
void query_free(struct query *u);
/* The number of a word in a list of words, which may be NULL; -1 if it is not
 * in it. */
int word_index(const char *words, struct kl_span w);

/* --- requests ------------------------------------------------------------ */

struct box;
struct rule;   /* a fault's, of faults.c */
struct server; /* of server.c, as the next two */
struct connection;
struct MHD_Connection;

struct req {
	struct box *box;
	struct connection *conn;
	char *target; /* as sent: path and query; owned */
	struct kl_span path, search;
	enum verb verb;
	const char *verb_sent;
	const struct op *op;
	struct kl_span id[PATH_IDS];
	unsigned verbs; /* of the path, for a 405 */
	struct query query;
	struct kl_buf body;
	size_t body_seen; /* what came, kept or not */
	uint64_t number;  /* of the request, from 1 */
	size_t key;	  /* of the box, from 1; 0: none of them */
	uint64_t now;	  /* microseconds since 1970 */
	const struct rule *fault;

	/* headers that matter */
	const char *authorization, *revision, *opt_out, *content_type,
	    *content_encoding, *host, *origin;

	/* the answer */
	int status;
	struct kl_buf out;
	size_t errors;
	bool html;
	char rate_limit[96], rate_remaining[24], rate_reset[24];
	char retry_after[24];
	char location[160];

	/* of server.c */
	struct server *server;
	struct MHD_Connection *mhd;
	struct req *next; /* in the pool, or among the waiting */
	uint64_t due;	  /* of the waiting: steady milliseconds */
	int phase;
	bool paused;
};

/* Answer a complete request: q->status, q->out and the headers. */
void request_run(struct req *q);
/* Refuse by what is known before the body: false if it is refused. */
bool request_gate(struct req *q);

/* --- reply.c: what all answers have in common ---------------------------- */

/* Add a problem to the answer.  The first decides the status. */
void reply_problem(struct req *q, const struct problem *p, const char *prefix);
/* The same from parts. */
void reply_bad(struct req *q, enum trouble kind, const char *where,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* An answer with a status of the sandbox's own choice (faults). */
void reply_status(struct req *q, int status);
/* True if it failed (and the answer is complete). */
bool reply_failed(struct req *q);
void reply_empty(struct req *q, int status);
/* {"data": ... then the links; reply_end_page() has the tokens of the next
 * and the previous page from box->page and box->back, empty for none. */
void reply_begin(struct req *q, int status);
void reply_end(struct req *q);
void reply_end_page(struct req *q);
/* The end of a collection that is never more than a page. */
void reply_end_whole(struct req *q);
void reply_links(struct kl_buf *b, const struct req *q, const char *type,
    const char *id);
/* "name":{"links":{"self":...,"related":...}} */
void reply_relation(struct kl_buf *b, const struct req *q, const char *type,
    const char *id, const char *name);
/* The body, scanned, its data member in *data.  False: answered. */
bool reply_body(struct req *q, uint32_t *data);
void put_time(struct kl_buf *b, uint64_t us, bool micro);
/* {"type":...,"id":...} */
void put_identifier(struct kl_buf *b, const char *type, const char *id);

/* --- ledger.c ------------------------------------------------------------ */

/* What happened to whom.  list, job may be NULL; attributes empty. */
struct effect {
	const char *name;
	uint32_t profile;
	const char *list, *job;
	struct kl_span attributes; /* JSON */
	uint64_t request;
	const char *op;
	/* JSON; empty for none */
	struct kl_span metric, unique_id;
	const char *reason; /* why something was dropped, or NULL */
	/* whom, if profile is NONE: identifiers as JSON, or NULL */
	const struct kl_span *ident;
};
void ledger_put(struct box *box, const struct effect *e);
void ledger_flush(struct box *box);
/* After profile_claim(): who lost an identifier to profile at. */
void ledger_taken(struct box *box, const struct draft *d, uint32_t at,
    struct effect e);

/* --- log.c ---------------------------------------------------------------- */

/* One line about a request whose answer is known. */
void log_put(struct req *q);

/* --- the sandbox --------------------------------------------------------- */

struct box {
	struct store store;
	struct jobs jobs;
	struct works works[LANES];
	struct events events;
	struct suppression_jobs *suppressions; /* of suppress.h */
	struct tags *tags;		       /* of tags.c */
	struct limits limits;
	struct readings readings;
	struct keys keys;
	struct kl_strs poison, poison_row;
	struct kl_json doc; /* the body in hand */
	struct draft draft;
	struct shape shape, shape2, shape3;
	struct kl_buf page;		       /* the token of the next page */
	struct kl_buf back;		       /* of the previous one */
	struct kl_buf event_names, event_text; /* scratch of events-in.c */
	struct kl_out *ledger, *log;
	uint64_t ledger_n, ledger_time;
	uint64_t requests;
	uint64_t random;
	uint64_t last_us;
	struct kl_err failed; /* the ledger or log could not be written */
	bool unsettled;	      /* by_update is not in order: see state.c */
	uint64_t job_delay, visibility_delay; /* milliseconds */
	double time_scale;
	char base[64]; /* URL as the client names it, no slash at the end */
	int opt_in;    /* of the account: 0 double, 1 single */
};

/* Microseconds since 1970, never less than before. */
uint64_t box_now(struct box *box);
/* A random id of n characters of A-Z a-z 0-9. */
void random_id(struct box *box, char *out, size_t n);

/* --- handlers: accounts.c lists.c members.c people.c imports.c -------------
 */

void get_accounts(struct req *q);
void get_account(struct req *q);
void get_lists(struct req *q);
void get_list(struct req *q);
void create_list(struct req *q);
void update_list(struct req *q);
void delete_list(struct req *q);
void get_members(struct req *q);
void get_member_ids(struct req *q);
void add_members(struct req *q);
void remove_members(struct req *q);
void get_profiles(struct req *q);
void get_profile(struct req *q);
void create_profile(struct req *q);
void update_profile(struct req *q);
void import_profile(struct req *q);
void get_profile_lists(struct req *q);
void get_profile_list_ids(struct req *q);
void import_profiles(struct req *q);
void get_jobs(struct req *q);
void get_job(struct req *q);
void get_job_profiles(struct req *q);
void get_job_profile_ids(struct req *q);
void get_job_lists(struct req *q);
void get_job_list_ids(struct req *q);
void get_job_errors(struct req *q);
/* subscribe.c suppress.c suppress-show.c privacy.c */
void subscribe(struct req *q);
void unsubscribe(struct req *q);
void suppress(struct req *q);
void get_suppressions(struct req *q);
void get_suppression(struct req *q);
void request_deletion(struct req *q);
void merge_profiles(struct req *q);
/* events-in.c events-out.c metrics.c */
void create_event(struct req *q);
void create_events(struct req *q);
void get_events(struct req *q);
void get_event(struct req *q);
void get_event_metric(struct req *q);
void get_event_metric_id(struct req *q);
void get_event_profile(struct req *q);
void get_event_profile_id(struct req *q);
void get_metrics(struct req *q);
void get_metric(struct req *q);
void put_metric(struct req *q, const struct shape *s, const struct metric *m);
/* tags.c */
void get_tags(struct req *q);
void get_tag(struct req *q);
void create_tag(struct req *q);
void get_tag_lists(struct req *q);
void tag_lists(struct req *q);
void get_list_tags(struct req *q);
void get_list_tag_ids(struct req *q);

/* resources, in the files of their handlers */
extern const struct field account_fields[], list_fields[], profile_fields[],
    job_fields[], error_fields[], segment_fields[], suppression_fields[],
    tag_fields[], tag_group_fields[], event_fields[], metric_fields[],
    no_fields[];
extern const struct filter_rule list_filters[], segment_filters[],
    member_filters[], segment_member_filters[], profile_filters[],
    job_filters[], suppression_filters[], tag_filters[], event_filters[],
    metric_filters[];

/* A list or segment as a resource; the shape is made by the caller. */
void put_list(struct req *q, const struct shape *s, const struct list *l);
/* A profile as the answer. */
void answer_profile(struct req *q, int status, uint32_t at);
/* A profile as a resource; joined in seconds, 0 if not as a member. */
void put_profile(struct req *q, const struct shape *s, uint32_t at,
    uint64_t joined);
/* An import job as the answer. */
void answer_job(struct req *q, int status, const struct job *j);
/* The shape of profiles for this request. */
bool profile_shape(struct req *q);
/* The shape of a resource without additional fields, by fields[i] of the
 * operation.  False: answered. */
bool plain_shape(struct req *q, struct shape *s, const struct field *fields,
    unsigned i);
/* The profile named in the path; false: answered with 404. */
bool profile_of(struct req *q, uint32_t *at);

/* Put somebody on a list; e is completed and recorded if that changes
 * anything.  False: memory. */
bool list_join(struct box *box, struct list *l, uint32_t at, struct effect *e,
    uint64_t now);
/* Somebody takes over what somebody else had, who is then gone; e says by
 * which request.  False: memory. */
bool people_merge(struct box *box, uint32_t from, uint32_t to, struct effect e);
/* With the reading that identifiers join people: who has one of the draft's
 * goes over into at. */
bool people_join(struct box *box, struct draft *d, uint32_t at,
    struct effect e);
void suppressions_free(struct box *box);

/* The list named in the path, or NULL and a 404. */
struct list *list_of(struct req *q, struct kl_span id);
bool list_missing(struct problem *p, bool segment, struct kl_span id);
/* Before its members change: the count as it was is what may be shown. */
void list_stir(struct box *box, struct list *l, uint64_t now);
void answer_list(struct req *q, int status, const struct list *l);
extern const char *const opt_in_names[2];

/* auth.c, revision.c, limits.c */
bool auth_check(struct req *q, unsigned *scopes, struct problem *p);
bool scope_check(const struct op *op, unsigned include_scopes, unsigned scopes,
    struct problem *p);
bool revision_check(struct req *q, struct problem *p);
/* Charge the windows of the operation; false: throttled. */
bool limits_take(struct req *q, struct problem *p);

#endif /* SANDBOX_BOX_H */
