/* SPDX-License-Identifier: MIT */
/*
 * phone-plan.cc - numbering plans as automata.
 *
 * Why what is accepted here is what the library makes of the number:
 *
 * - Only digits and the usual separators are taken, so that nothing but the
 *   digits counts, and nothing that might be a prefix for calls abroad.
 * - A national prefix is only taken off where the plan has it as plain
 *   digits, and only if the rest is valid.  The library leaves a prefix on
 *   only where the number with it fits the plan and the rest does not.
 * - A number that is valid as it stands fits its plan: then the library takes
 *   neither a prefix nor a country code off it.
 * - Where several countries share a code, the number must look like one of the
 *   plan that the prefix is of, and be valid in one of them all.
 */

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include "phone-plan.h"

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;
using i18n::phonenumbers::PhoneNumberDesc;
using i18n::phonenumbers::PhoneNumberUtil;

/* The library has these for itself: they are asked for, not relied on. */
namespace i18n
{
namespace phonenumbers
{
int metadata_size() __attribute__((weak));
const void *metadata_get() __attribute__((weak));
} /* namespace phonenumbers */
} /* namespace i18n */

namespace
{

constexpr size_t max_states = 8192; /* of one automaton */
constexpr size_t max_copies = 32;   /* of what {n} repeats */
constexpr size_t max_digits = 17;
constexpr uint16_t any_digit = 0x3FF;

/* --- patterns --------------------------------------------------------------- */

/* A pattern over digits as a tree.  What the plans do not use is not
 * understood: parse() then gives NULL. */
struct Tree {
	enum { DIGIT, CAT, ALT } kind = CAT;
	uint16_t digits = 0; /* which of them, a bit each */
	std::vector<std::unique_ptr<Tree>> part;
};
using TreePtr = std::unique_ptr<Tree>;

class Parser
{
      public:
	explicit Parser(const std::string &text) : s(text.c_str())
	{
	}

	TreePtr parse()
	{
		TreePtr t = alternatives();

		return t != nullptr && *s == '\0' ? std::move(t) : nullptr;
	}

      private:
	const char *s;

	static TreePtr digit(unsigned mask)
	{
		TreePtr t(new Tree);

		t->kind = Tree::DIGIT;
		t->digits = static_cast<uint16_t>(mask);
		return t;
	}

	TreePtr alternatives()
	{
		TreePtr t(new Tree);

		t->kind = Tree::ALT;
		for (;;) {
			TreePtr one = sequence();

			if (one == nullptr)
				return nullptr;
			t->part.push_back(std::move(one));
			if (*s != '|')
				return t;
			s++;
		}
	}

	TreePtr sequence()
	{
		TreePtr t(new Tree);

		while (*s != '\0' && *s != '|' && *s != ')') {
			const char *from = s;
			unsigned min = 1, max = 1;
			TreePtr one = atom();

			if (one == nullptr || !count(&min, &max))
				return nullptr;
			repeat(t.get(), std::move(one), from, min, max);
		}
		return t;
	}

	/* min copies, then up to max, each within the one before. */
	void repeat(Tree *t, TreePtr one, const char *from, unsigned min,
	    unsigned max)
	{
		const char *behind = s;
		Tree *to = t;

		for (unsigned i = 0; i < max; i++) {
			if (i > 0) {
				s = from;
				one = atom();
			}
			if (i >= min) {
				TreePtr maybe(new Tree), more(new Tree);
				Tree *next = more.get();

				maybe->kind = Tree::ALT;
				maybe->part.push_back(std::move(more));
				maybe->part.push_back(TreePtr(new Tree));
				to->part.push_back(std::move(maybe));
				to = next;
			}
			to->part.push_back(std::move(one));
		}
		s = behind;
	}

	TreePtr atom()
	{
		if (*s >= '0' && *s <= '9')
			return digit(1U << (*s++ - '0'));
		if (s[0] == '\\' && s[1] == 'd') {
			s += 2;
			return digit(any_digit);
		}
		if (*s == '[')
			return set();
		if (*s != '(')
			return nullptr;
		s++;
		if (s[0] == '?') {
			if (s[1] != ':')
				return nullptr;
			s += 2;
		}
		TreePtr t = alternatives();
		return t != nullptr && *s++ == ')' ? std::move(t) : nullptr;
	}

	TreePtr set()
	{
		unsigned mask = 0;

		for (s++; *s != ']'; s++) {
			if (s[0] == '\\' && s[1] == 'd') {
				mask |= any_digit;
				s++;
				continue;
			}
			if (*s < '0' || *s > '9')
				return nullptr;
			char last = *s;
			if (s[1] == '-') {
				last = s[2];
				if (last < *s || last > '9')
					return nullptr;
			}
			for (char c = *s; c <= last; c++)
				mask |= 1U << (c - '0');
			s += s[1] == '-' ? 2 : 0;
		}
		s++;
		return digit(mask);
	}

	bool number(unsigned *v)
	{
		const char *from = s;

		for (*v = 0; *s >= '0' && *s <= '9' && *v <= max_copies; s++)
			*v = *v * 10 + static_cast<unsigned>(*s - '0');
		return s > from && *v <= max_copies;
	}

	bool count(unsigned *min, unsigned *max)
	{
		if (*s == '?') {
			*min = 0;
			s++;
			return true;
		}
		if (*s == '*' || *s == '+')
			return false;
		if (*s != '{')
			return true;
		s++;
		if (!number(min))
			return false;
		*max = *min;
		if (*s == ',') {
			s++;
			if (!number(max) || *max < *min)
				return false;
		}
		return *s++ == '}';
	}
};

/* --- automata --------------------------------------------------------------- */

/*
 * Several patterns at once, each with a bit.  The deterministic states are
 * made when they are first come to.
 */
class Automaton
{
      public:
	bool add(const std::string &pattern, unsigned bit)
	{
		TreePtr t = Parser(pattern).parse();

		if (t == nullptr)
			return false;
		starts.push_back(emit(*t, node(0, -1, -1, bit)));
		return true;
	}

	/* The bits of the patterns that match all of the digits. */
	unsigned whole(const char *d, size_t n)
	{
		int at = start();

		for (size_t i = 0; i < n && at >= 0; i++)
			at = step(at, d[i]);
		return at < 0 ? 0 : states[static_cast<size_t>(at)].bits;
	}

	/* The bits of those that match a beginning of them. */
	unsigned beginning(const char *d, size_t n)
	{
		int at = start();
		unsigned bits = 0;

		for (size_t i = 0; at >= 0; i++) {
			bits |= states[static_cast<size_t>(at)].bits;
			if (i == n)
				break;
			at = step(at, d[i]);
		}
		return bits;
	}

      private:
	struct Node {
		uint16_t digits;
		int next, other; /* both without a digit if digits is 0 */
		unsigned bits;
	};
	struct State {
		std::vector<int> nodes;
		std::array<int, 10> to;
		unsigned bits;
	};
	static constexpr int not_made = -2, dead = -1;

	std::vector<Node> nodes;
	std::vector<State> states;
	std::vector<int> starts;
	std::map<std::vector<int>, int> known;

	int node(uint16_t digits, int next, int other, unsigned bits)
	{
		nodes.push_back({ digits, next, other, bits });
		return static_cast<int>(nodes.size()) - 1;
	}

	/* The node at which t begins, if next comes behind it. */
	int emit(const Tree &t, int next)
	{
		if (t.kind == Tree::DIGIT)
			return node(t.digits, next, -1, 0);
		if (t.kind == Tree::CAT) {
			for (size_t i = t.part.size(); i-- > 0;)
				next = emit(*t.part[i], next);
			return next;
		}
		int at = emit(*t.part.back(), next);
		for (size_t i = t.part.size() - 1; i-- > 0;)
			at = node(0, emit(*t.part[i], next), at, 0);
		return at;
	}

	/* Add a node and what is reached from it without a digit. */
	void close(int at, std::vector<bool> *in, std::vector<int> *out)
	{
		while (at >= 0 && !(*in)[static_cast<size_t>(at)]) {
			const Node &x = nodes[static_cast<size_t>(at)];

			(*in)[static_cast<size_t>(at)] = true;
			if (x.digits != 0 || x.bits != 0) {
				out->push_back(at);
				return;
			}
			close(x.other, in, out);
			at = x.next;
		}
	}

	int state_of(const std::vector<int> &from)
	{
		std::vector<bool> in(nodes.size());
		std::vector<int> set;
		State s;

		for (int at : from)
			close(at, &in, &set);
		if (set.empty())
			return dead;
		std::sort(set.begin(), set.end());
		auto found = known.find(set);
		if (found != known.end())
			return found->second;
		if (states.size() == max_states)
			return dead; /* not known to be valid */
		s.bits = 0;
		for (int at : set)
			s.bits |= nodes[static_cast<size_t>(at)].bits;
		s.to.fill(not_made);
		s.nodes = set;
		states.push_back(std::move(s));
		known[set] = static_cast<int>(states.size()) - 1;
		return static_cast<int>(states.size()) - 1;
	}

	int start()
	{
		return states.empty() ? state_of(starts) : 0;
	}

	int step(int at, char c)
	{
		const size_t d = static_cast<size_t>(c - '0');
		int to = states[static_cast<size_t>(at)].to[d];

		if (to != not_made)
			return to;
		std::vector<int> next;
		for (int i : states[static_cast<size_t>(at)].nodes) {
			const Node &x = nodes[static_cast<size_t>(i)];

			if ((x.digits >> d & 1) != 0)
				next.push_back(x.next);
		}
		to = state_of(next);
		states[static_cast<size_t>(at)].to[d] = to;
		return to;
	}
};

/* --- plans ------------------------------------------------------------------ */

constexpr unsigned general = 1; /* the bit of what all numbers fit */

struct Plan {
	const PhoneMetadata *data = nullptr;
	bool made = false;
	bool good = false;	   /* every pattern was understood */
	bool prefixed = false;	   /* the national prefix is plain digits,
				    * or there is none */
	std::string prefix;	   /* those digits */
	Automaton numbers;	   /* general, and a bit for each kind */
	Automaton leading, abroad; /* beginnings */
	bool has_leading = false;
	std::vector<uint32_t> lengths; /* of each bit, a bit for each length */
};

class Plans
{
      public:
	/* From the data of the library, which lives as long as the process. */
	bool load(const void *data, int n)
	{
		if (!all.ParseFromArray(data, n))
			return false;
		for (const PhoneMetadata &m : all.metadata())
			plans[m.id()].data = &m;
		return true;
	}

	Plan *of_region(const std::string &region)
	{
		auto found = plans.find(region);

		if (found == plans.end() || region == "001")
			return nullptr;
		if (!found->second.made)
			make(&found->second);
		return found->second.good ? &found->second : nullptr;
	}

	/* The plans that share a country code, in the library's order. */
	const std::vector<Plan *> &of_code(int code)
	{
		auto found = by_code.find(code);
		std::list<std::string> regions;
		std::vector<Plan *> list;

		if (found != by_code.end())
			return found->second;
		PhoneNumberUtil::GetInstance()
		    ->GetRegionCodesForCountryCallingCode(code, &regions);
		for (const std::string &region : regions)
			list.push_back(of_region(region));
		return by_code[code] = list;
	}

	/* True if the national number is valid in one of them. */
	bool valid(int code, const char *d, size_t n)
	{
		const std::vector<Plan *> &list = of_code(code);

		if (list.size() == 1)
			return list[0] != nullptr && fits(list[0], d, n);
		for (Plan *p : list) {
			if (p == nullptr)
				return false; /* it might be its number */
			if (p->has_leading) {
				if (p->leading.beginning(d, n) != 0)
					return fits(p, d, n);
			} else if (fits(p, d, n)) {
				return true;
			}
		}
		return false;
	}

	/* True if it looks like a number of the plan. */
	static bool possible(Plan *p, const char *d, size_t n)
	{
		return (kinds(p, d, n) & general) != 0;
	}

      private:
	PhoneMetadataCollection all;
	std::map<std::string, Plan> plans;
	std::map<int, std::vector<Plan *>> by_code;

	static bool add(Plan *p, const PhoneNumberDesc &desc)
	{
		uint32_t lengths = 0;

		if (!desc.has_national_number_pattern() ||
		    desc.national_number_pattern().empty())
			return true;
		for (int length : desc.possible_length())
			if (length > 0 && length < 32)
				lengths |= 1U << length;
		if (desc.possible_length_size() == 0)
			lengths = ~0U;
		p->lengths.push_back(lengths);
		return p->numbers.add(desc.national_number_pattern(),
		    1U << (p->lengths.size() - 1));
	}

	static bool is_plain(const std::string &s)
	{
		return s.find_first_not_of("0123456789") == std::string::npos;
	}

	static void make(Plan *p)
	{
		const PhoneMetadata &m = *p->data;

		p->made = true;
		p->has_leading = m.has_leading_digits();
		p->prefix = m.national_prefix_for_parsing();
		p->prefixed = is_plain(p->prefix) &&
		    !m.has_national_prefix_transform_rule();
		/* general_desc comes first: its bit is 1. */
		p->good = m.general_desc().has_national_number_pattern() &&
		    add(p, m.general_desc()) && add(p, m.premium_rate()) &&
		    add(p, m.toll_free()) && add(p, m.shared_cost()) &&
		    add(p, m.voip()) && add(p, m.personal_number()) &&
		    add(p, m.pager()) && add(p, m.uan()) &&
		    add(p, m.voicemail()) && add(p, m.fixed_line()) &&
		    add(p, m.mobile()) &&
		    (!p->has_leading ||
			p->leading.add(m.leading_digits(), 1)) &&
		    p->abroad.add(m.international_prefix(), 1);
	}

	/* The bits of what the number is in the plan, lengths counted. */
	static unsigned kinds(Plan *p, const char *d, size_t n)
	{
		unsigned bits = p->numbers.whole(d, n), i = 0;

		for (uint32_t lengths : p->lengths) {
			if ((lengths >> n & 1) == 0)
				bits &= ~(1U << i);
			i++;
		}
		return bits;
	}

	/* In the plan, and of one of its kinds. */
	static bool fits(Plan *p, const char *d, size_t n)
	{
		unsigned bits = kinds(p, d, n);

		return (bits & general) != 0 && (bits & ~general) != 0;
	}
};

/* A thread's own, since automata grow while they are used.  NULL: the library
 * gave none. */
thread_local std::unique_ptr<Plans> plans;
thread_local bool looked; /* it was asked for them */

/* --- numbers ---------------------------------------------------------------- */

/* The digits of a number that is written with nothing but separators. */
struct Written {
	bool plus = false;
	size_t n = 0;
	char d[max_digits + 1];
};

bool
read(const char *s, size_t n, Written *w)
{
	for (size_t i = 0; i < n; i++) {
		const char c = s[i];

		if (c >= '0' && c <= '9') {
			if (w->n == max_digits)
				return false;
			w->d[w->n++] = c;
		} else if (c == '+') {
			if (w->plus || w->n > 0)
				return false;
			w->plus = true;
		} else if (c != ' ' && c != '-' && c != '.' && c != '(' &&
		    c != ')' && c != '/') {
			return false;
		}
	}
	return w->n > 2;
}

/* The country code at the start, of *used digits; 0 if there is none. */
int
code_of(Plans *own, const Written &w, size_t *used)
{
	int code = 0;

	for (*used = 1; *used <= 3 && w.d[0] != '0'; ++*used) {
		code = code * 10 + (w.d[*used - 1] - '0');
		if (!own->of_code(code).empty())
			return code;
	}
	return 0;
}

/* Without its prefix if it has one, as long as what is left is valid. */
bool
national(Plans *own, Plan *plan, int code, const char **d, size_t *n)
{
	const size_t k = plan->prefix.size();

	if (!plan->prefixed || *n <= k)
		return false;
	if (k > 0 && plan->prefix.compare(0, k, *d, k) == 0) {
		*d += k;
		*n -= k;
	}
	return Plans::possible(plan, *d, *n) && own->valid(code, *d, *n);
}

} /* namespace */

void
plan_start()
{
	if (i18n::phonenumbers::metadata_get == nullptr ||
	    i18n::phonenumbers::metadata_size == nullptr || looked)
		return;
	looked = true;
	std::unique_ptr<Plans> p(new Plans);
	if (p->load(i18n::phonenumbers::metadata_get(),
		i18n::phonenumbers::metadata_size()))
		plans = std::move(p);
}

bool
plan_format(const char *s, size_t n, const char *region, std::string *e164)
{
	Written w;
	Plan *plan;
	size_t used = 0;
	int code;

	plan_start();
	Plans *const own = plans.get();
	if (own == nullptr || !read(s, n, &w))
		return false;
	if (w.plus) {
		if ((code = code_of(own, w, &used)) == 0)
			return false;
		plan = own->of_code(code)[0];
	} else {
		plan = own->of_region(region);
		if (plan == nullptr || plan->abroad.beginning(w.d, w.n) != 0)
			return false;
		code = plan->data->country_code();
	}
	const char *d = w.d + used;
	size_t left = w.n - used;
	if (plan == nullptr || !national(own, plan, code, &d, &left))
		return false;
	*e164 = "+" + std::to_string(code) + std::string(d, left);
	return true;
}
