/* SPDX-License-Identifier: MIT */
#ifndef KL_ERR_H
#define KL_ERR_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/err.h - errors as values.
 *
 * A function that can fail returns enum kl_rc and describes the failure in a
 * struct kl_err that the caller owns.  The struct is fixed in size and holds
 * no pointers: it can report that memory ran out, be copied, and never leaks.
 * It is untouched on success.
 *
 * Messages are lower case, without prefix or full stop.  They name fields,
 * limits and settings, never the value of a record and never a key: people's
 * data does not go into error texts.
 */

/*
 * What happened.  Zero is success, positive "no more", negative a failure.
 * Each failure has one exit status (kl_err_exit()), after sysexits.h.
 */
enum kl_rc {
	KL_OK = 0,
	KL_EOF = 1,	  /* the input is used up */
	KL_AGAIN = 2,	  /* nothing now, ask again later */
	KL_EUSAGE = -1,	  /* 64: the command line is wrong */
	KL_EDATA = -2,	  /* 65: a record or file is malformed */
	KL_ETOOBIG = -3,  /* 65: ... or over a stated limit */
	KL_ENOINPUT = -4, /* 66: a file cannot be read */
	KL_EREFUSED = -5, /* 69: the service refuses for good */
	KL_EBUG = -6,	  /* 70: this cannot happen */
	KL_ENOMEM = -7,	  /* 71: memory */
	KL_ECREATE = -8,  /* 73: a file cannot be created */
	KL_EIO = -9,	  /* 74: a stream cannot be read or written */
	KL_ERETRY = -10,  /* 75: the same command, later */
	KL_EPROTO = -11,  /* 76: the service answered nonsense */
	KL_EACCESS = -12, /* 77: key or permission */
	KL_ECONFIG = -13, /* 78: configuration */
};

/* A failure in words.  All zero is "none". */
struct kl_err {
	enum kl_rc rc;
	char code[32];	 /* for programs: "email_invalid"; may be empty */
	char field[128]; /* the member or setting concerned; may be empty */
	char msg[400];	 /* what is wrong */
	char hint[240];	 /* what to do about it; may be empty */
};

/* Make it "none".  Cheaper than zeroing all of it, for every record. */
static inline void
kl_err_clear(struct kl_err *err)
{
	err->rc = KL_OK;
	err->code[0] = err->field[0] = err->msg[0] = err->hint[0] = '\0';
}

/*
 * Describe a failure and return rc.  The only way to fail:
 *	return kl_err_set(err, KL_EDATA, "depth over %d", max);
 * err may be NULL.  Clears code, field and hint; add those afterwards.  A
 * message that is too long is cut on a character boundary.
 */
enum kl_rc kl_err_set(struct kl_err *err, enum kl_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum kl_rc kl_err_vset(struct kl_err *err, enum kl_rc rc, const char *fmt,
    va_list ap) __attribute__((format(printf, 3, 0)));

/* As kl_err_set(), with strerror(errno) appended: "PATH: No such file". */
enum kl_rc kl_err_sys(struct kl_err *err, enum kl_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* kl_err_set(err, KL_ENOMEM, "out of memory"). */
enum kl_rc kl_err_nomem(struct kl_err *err);

/* Add the code, the field (n bytes), or the advice.  err may be NULL. */
void kl_err_code(struct kl_err *err, const char *code);
void kl_err_field(struct kl_err *err, const char *field, size_t n);
void kl_err_hint(struct kl_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status for rc; 0 for KL_OK, KL_EOF and KL_AGAIN. */
int kl_err_exit(enum kl_rc rc);

/*
 * The more important of two exit statuses, where several things went wrong:
 * 70 > 71 > 77 > 78 > 76 > 74 > 73 > 66 > 69 > 75 > 65 > 64 > 1 > 0; a
 * status outside this list (130, 143) wins over all.
 */
int kl_err_worse(int a, int b);

#ifdef __cplusplus
}
#endif

#endif /* KL_ERR_H */
