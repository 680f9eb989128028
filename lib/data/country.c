/* SPDX-License-Identifier: MIT */
/*
 * country.c - what people call countries.
 *
 * Names are compared in a folded form: lower case, without accents and
 * apostrophes, everything else that is no letter or digit a single blank, no
 * article, "saint" as "st".  Codes and first names are those of ISO 3166.
 */

#include <string.h>

#include "kl/country.h"

#define NAME_LIMIT 64 /* bytes of a folded name, bars included */

/* The code, and every folded name between bars. */
static const struct {
	char code[3];
	const char *names;
} countries[] = {
	{ "AD", "|andorra|and|" },
	{ "AE", "|united arab emirates|are|uae|emirates|" },
	{ "AF", "|afghanistan|afg|" },
	{ "AG", "|antigua and barbuda|atg|antigua|" },
	{ "AI", "|anguilla|aia|" },
	{ "AL", "|albania|alb|" },
	{ "AM", "|armenia|arm|" },
	{ "AO", "|angola|ago|" },
	{ "AQ", "|antarctica|ata|" },
	{ "AR", "|argentina|arg|" },
	{ "AS", "|asm|american samoa|" },
	{ "AT", "|austria|aut|osterreich|" },
	{ "AU", "|australia|aus|" },
	{ "AW", "|aruba|abw|" },
	{ "AX", "|ala|aland islands|aland|" },
	{ "AZ", "|azerbaijan|aze|" },
	{ "BA", "|bosnia and herzegovina|bih|bosnia|" },
	{ "BB", "|barbados|brb|" },
	{ "BD", "|bangladesh|bgd|" },
	{ "BE", "|belgium|bel|belgie|belgique|belgien|" },
	{ "BF", "|burkina faso|bfa|" },
	{ "BG", "|bulgaria|bgr|" },
	{ "BH", "|bahrain|bhr|" },
	{ "BI", "|burundi|bdi|" },
	{ "BJ", "|benin|ben|" },
	{ "BL", "|blm|st barthelemy|st barts|" },
	{ "BM", "|bmu|bermuda|" },
	{ "BN", "|brunei|brn|brunei darussalam|" },
	{ "BO",
	    "|bolivia|bol|plurinational state of bolivia|bolivia plurinational "
	    "state of|" },
	{ "BQ",
	    "|bes|caribbean netherlands|bonaire|bonaire sint eustatius and "
	    "saba|" },
	{ "BR", "|brazil|bra|brasil|" },
	{ "BS", "|bahamas|bhs|" },
	{ "BT", "|bhutan|btn|" },
	{ "BV", "|bouvet island|bvt|" },
	{ "BW", "|botswana|bwa|" },
	{ "BY", "|belarus|blr|belorussia|" },
	{ "BZ", "|belize|blz|" },
	{ "CA", "|canada|can|" },
	{ "CC", "|cck|cocos islands|cocos keeling islands|keeling islands|" },
	{ "CD",
	    "|cod|dr congo|democratic republic of the congo|congo democratic "
	    "republic|congo kinshasa|drc|congo the democratic republic of|" },
	{ "CF", "|central african rep|caf|central african republic|" },
	{ "CG",
	    "|cog|congo|republic of the congo|congo brazzaville|congo rep|" },
	{ "CH", "|switzerland|che|schweiz|suisse|svizzera|" },
	{ "CI", "|cote divoire|civ|ivory coast|" },
	{ "CK", "|cook islands|cok|" },
	{ "CL", "|chile|chl|" },
	{ "CM", "|cameroon|cmr|" },
	{ "CN", "|china|chn|peoples republic of china|prc|mainland china|" },
	{ "CO", "|colombia|col|" },
	{ "CR", "|costa rica|cri|" },
	{ "CU", "|cuba|cub|" },
	{ "CV", "|cape verde|cpv|cabo verde|" },
	{ "CW", "|cuw|curacao|" },
	{ "CX", "|christmas island|cxr|" },
	{ "CY", "|cyprus|cyp|" },
	{ "CZ", "|czech republic|cze|czechia|cesko|ceska republika|" },
	{ "DE",
	    "|germany|deu|deutschland|federal republic of "
	    "germany|allemagne|alemania|" },
	{ "DJ", "|djibouti|dji|" },
	{ "DK", "|denmark|dnk|danmark|" },
	{ "DM", "|dominica|dma|" },
	{ "DO", "|dominican republic|dom|republica dominicana|" },
	{ "DZ", "|algeria|dza|" },
	{ "EC", "|ecuador|ecu|" },
	{ "EE", "|estonia|est|" },
	{ "EG", "|egypt|egy|" },
	{ "EH", "|western sahara|esh|" },
	{ "ER", "|eritrea|eri|" },
	{ "ES", "|spain|esp|espana|espagne|" },
	{ "ET", "|ethiopia|eth|" },
	{ "FI", "|finland|fin|suomi|" },
	{ "FJ", "|fiji|fji|" },
	{ "FK", "|flk|falkland islands|falkland islands malvinas|malvinas|" },
	{ "FM",
	    "|micronesia|fsm|federated states of micronesia|micronesia "
	    "federated states of|" },
	{ "FO", "|faroe islands|fro|" },
	{ "FR", "|france|fra|" },
	{ "GA", "|gabon|gab|" },
	{ "GB",
	    "|gbr|united kingdom|great "
	    "britain|britain|uk|england|scotland|wales|northern ireland|united "
	    "kingdom of great britain and northern ireland|uk of great "
	    "britain|" },
	{ "GD", "|grenada|grd|" },
	{ "GE", "|georgia|geo|" },
	{ "GF", "|guf|french guiana|guyane|" },
	{ "GG", "|guernsey|ggy|" },
	{ "GH", "|ghana|gha|" },
	{ "GI", "|gibraltar|gib|" },
	{ "GL", "|greenland|grl|" },
	{ "GM", "|gambia|gmb|" },
	{ "GN", "|guinea|gin|" },
	{ "GP", "|guadeloupe|glp|" },
	{ "GQ", "|equatorial guinea|gnq|" },
	{ "GR", "|greece|grc|hellas|" },
	{ "GS", "|sgs|south georgia and the south sandwich islands|" },
	{ "GT", "|guatemala|gtm|" },
	{ "GU", "|guam|gum|" },
	{ "GW", "|guinea bissau|gnb|" },
	{ "GY", "|guyana|guy|" },
	{ "HK", "|hong kong|hkg|hong kong sar|hong kong sar china|" },
	{ "HM", "|hmd|heard island and mcdonald islands|" },
	{ "HN", "|honduras|hnd|" },
	{ "HR", "|croatia|hrv|hrvatska|" },
	{ "HT", "|haiti|hti|" },
	{ "HU", "|hungary|hun|magyarorszag|" },
	{ "ID", "|indonesia|idn|" },
	{ "IE", "|ireland|irl|eire|republic of ireland|" },
	{ "IL", "|israel|isr|" },
	{ "IM", "|isle of man|imn|" },
	{ "IN", "|india|ind|" },
	{ "IO", "|iot|british indian ocean territory|" },
	{ "IQ", "|iraq|irq|" },
	{ "IR",
	    "|iran|irn|islamic republic of iran|iran islamic republic of|" },
	{ "IS", "|iceland|isl|island|" },
	{ "IT", "|italy|ita|italia|" },
	{ "JE", "|jersey|jey|" },
	{ "JM", "|jamaica|jam|" },
	{ "JO", "|jordan|jor|" },
	{ "JP", "|japan|jpn|nippon|" },
	{ "KE", "|kenya|ken|" },
	{ "KG", "|kyrgyzstan|kgz|kyrgyz republic|" },
	{ "KH", "|cambodia|khm|" },
	{ "KI", "|kiribati|kir|" },
	{ "KM", "|comoros|com|" },
	{ "KN", "|st kitts and nevis|kna|st kitts|" },
	{ "KP",
	    "|prk|north korea|korea north|democratic peoples republic of "
	    "korea|dprk|" },
	{ "KR",
	    "|kor|south korea|korea|republic of korea|korea republic of|korea "
	    "south|" },
	{ "KW", "|kuwait|kwt|" },
	{ "KY", "|cayman islands|cym|" },
	{ "KZ", "|kazakhstan|kaz|" },
	{ "LA", "|laos|lao|lao peoples democratic republic|" },
	{ "LB", "|lebanon|lbn|" },
	{ "LC", "|st lucia|lca|" },
	{ "LI", "|liechtenstein|lie|" },
	{ "LK", "|sri lanka|lka|" },
	{ "LR", "|liberia|lbr|" },
	{ "LS", "|lesotho|lso|" },
	{ "LT", "|lithuania|ltu|" },
	{ "LU", "|luxembourg|lux|luxemburg|" },
	{ "LV", "|latvia|lva|" },
	{ "LY", "|libya|lby|" },
	{ "MA", "|morocco|mar|" },
	{ "MC", "|monaco|mco|" },
	{ "MD", "|moldova|mda|republic of moldova|moldova republic of|" },
	{ "ME", "|montenegro|mne|" },
	{ "MF", "|maf|st martin|st martin french part|" },
	{ "MG", "|madagascar|mdg|" },
	{ "MH", "|marshall islands|mhl|" },
	{ "MK",
	    "|north macedonia|mkd|macedonia|fyrom|republic of north "
	    "macedonia|" },
	{ "ML", "|mali|mli|" },
	{ "MM", "|mmr|myanmar|burma|" },
	{ "MN", "|mongolia|mng|" },
	{ "MO", "|macau|mac|macao|macao sar|" },
	{ "MP", "|northern mariana islands|mnp|" },
	{ "MQ", "|martinique|mtq|" },
	{ "MR", "|mauritania|mrt|" },
	{ "MS", "|montserrat|msr|" },
	{ "MT", "|malta|mlt|" },
	{ "MU", "|mauritius|mus|" },
	{ "MV", "|maldives|mdv|" },
	{ "MW", "|malawi|mwi|" },
	{ "MX", "|mexico|mex|" },
	{ "MY", "|malaysia|mys|" },
	{ "MZ", "|mozambique|moz|" },
	{ "NA", "|namibia|nam|" },
	{ "NC", "|new caledonia|ncl|" },
	{ "NE", "|niger|ner|" },
	{ "NF", "|norfolk island|nfk|" },
	{ "NG", "|nigeria|nga|" },
	{ "NI", "|nicaragua|nic|" },
	{ "NL", "|netherlands|nld|holland|nederland|" },
	{ "NO", "|norway|nor|norge|" },
	{ "NP", "|nepal|npl|" },
	{ "NR", "|nauru|nru|" },
	{ "NU", "|niue|niu|" },
	{ "NZ", "|new zealand|nzl|aotearoa|" },
	{ "OM", "|oman|omn|" },
	{ "PA", "|panama|pan|" },
	{ "PE", "|peru|per|" },
	{ "PF", "|pyf|french polynesia|tahiti|" },
	{ "PG", "|papua new guinea|png|" },
	{ "PH", "|philippines|phl|pilipinas|" },
	{ "PK", "|pakistan|pak|" },
	{ "PL", "|poland|pol|polska|" },
	{ "PM", "|st pierre and miquelon|spm|" },
	{ "PN", "|pitcairn|pcn|pitcairn islands|" },
	{ "PR", "|puerto rico|pri|" },
	{ "PS",
	    "|palestine|pse|state of palestine|palestinian "
	    "territories|palestinian territory|" },
	{ "PT", "|portugal|prt|" },
	{ "PW", "|palau|plw|" },
	{ "PY", "|paraguay|pry|" },
	{ "QA", "|qatar|qat|" },
	{ "RE", "|reunion|reu|" },
	{ "RO", "|romania|rou|" },
	{ "RS", "|serbia|srb|" },
	{ "RU", "|russia|rus|russian federation|" },
	{ "RW", "|rwanda|rwa|" },
	{ "SA", "|saudi arabia|sau|kingdom of saudi arabia|" },
	{ "SB", "|solomon islands|slb|" },
	{ "SC", "|seychelles|syc|" },
	{ "SD", "|sudan|sdn|" },
	{ "SE", "|sweden|swe|sverige|" },
	{ "SG", "|singapore|sgp|" },
	{ "SH", "|st helena|shn|st helena ascension and tristan da cunha|" },
	{ "SI", "|slovenia|svn|slovenija|" },
	{ "SJ", "|svalbard and jan mayen|sjm|svalbard|" },
	{ "SK", "|slovakia|svk|slovensko|slovak republic|" },
	{ "SL", "|sierra leone|sle|" },
	{ "SM", "|san marino|smr|" },
	{ "SN", "|senegal|sen|" },
	{ "SO", "|somalia|som|" },
	{ "SR", "|suriname|sur|" },
	{ "SS", "|south sudan|ssd|" },
	{ "ST", "|sao tome and principe|stp|" },
	{ "SV", "|el salvador|slv|" },
	{ "SX", "|sxm|sint maarten|sint maarten dutch part|" },
	{ "SY", "|syria|syr|syrian arab republic|" },
	{ "SZ", "|swz|eswatini|swaziland|" },
	{ "TC",
	    "|turks and caicos is|tca|turks and caicos islands|turks and "
	    "caicos|" },
	{ "TD", "|chad|tcd|" },
	{ "TF", "|atf|french southern territories|" },
	{ "TG", "|togo|tgo|" },
	{ "TH", "|thailand|tha|" },
	{ "TJ", "|tajikistan|tjk|" },
	{ "TK", "|tokelau|tkl|" },
	{ "TL", "|tls|timor leste|east timor|" },
	{ "TM", "|turkmenistan|tkm|" },
	{ "TN", "|tunisia|tun|" },
	{ "TO", "|tonga|ton|" },
	{ "TR", "|turkey|tur|turkiye|" },
	{ "TT", "|trinidad and tobago|tto|trinidad|" },
	{ "TV", "|tuvalu|tuv|" },
	{ "TW", "|taiwan|twn|taiwan province of china|republic of china|" },
	{ "TZ",
	    "|tanzania|tza|united republic of tanzania|tanzania united "
	    "republic of|" },
	{ "UA", "|ukraine|ukr|ukraina|" },
	{ "UG", "|uganda|uga|" },
	{ "UM",
	    "|umi|united states minor outlying islands|us minor outlying "
	    "islands|" },
	{ "US",
	    "|united states|usa|united states of america|us of a|estados "
	    "unidos|america|" },
	{ "UY", "|uruguay|ury|" },
	{ "UZ", "|uzbekistan|uzb|" },
	{ "VA", "|vatican city|vat|vatican|holy see|" },
	{ "VC", "|st vincent|vct|st vincent and the grenadines|" },
	{ "VE",
	    "|venezuela|ven|bolivarian republic of venezuela|venezuela "
	    "bolivarian republic of|" },
	{ "VG", "|vgb|british virgin islands|virgin islands british|" },
	{ "VI",
	    "|vir|us virgin islands|virgin islands us|virgin islands of the "
	    "united states|" },
	{ "VN", "|vietnam|vnm|viet nam|" },
	{ "VU", "|vanuatu|vut|" },
	{ "WF", "|wallis and futuna|wlf|" },
	{ "WS", "|wsm|samoa|western samoa|" },
	{ "XK", "|kosovo|" },
	{ "YE", "|yemen|yem|" },
	{ "YT", "|mayotte|myt|" },
	{ "ZA", "|south africa|zaf|republic of south africa|" },
	{ "ZM", "|zambia|zmb|" },
	{ "ZW", "|zimbabwe|zwe|" },
};

#define COUNTRIES (sizeof(countries) / sizeof(*countries))

/* The letters U+00C0 to U+017F without their accents, in order. */
static const char plain[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
			    "aaaaaaaceeeeiiiidnooooo*ouuuuyty"
			    "aaaaaaccccccccddddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiiiiiiijjkkklllllll"
			    "lllnnnnnnnnnoooooooorrrrrrssssss"
			    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/*
 * The folded letter of the character at *s, which is advanced: 0 for one that
 * is passed over, ' ' for one that parts words.
 */
static char
fold(const char **s, const char *end)
{
	unsigned char c = (unsigned char)*(*s)++, d;

	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return (char)c;
	if (c == '.' || c == '\'')
		return '\0';
	if (c < 0x80 || *s == end)
		return ' ';
	d = (unsigned char)*(*s)++;
	if (c >= 0xC3 && c <= 0xC5)
		return plain[(size_t)(c - 0xC3) * 64 + (d & 0x3F)];
	if (c == 0xCC || (c == 0xCD && d < 0xB0)) /* combining accents */
		return '\0';
	if (c == 0xE2 && d == 0x80 && *s < end) /* a curly apostrophe */
		return (unsigned char)*(*s)++ == 0x99 ? '\0' : ' ';
	return ' ';
}

/* A folded name in the making; n is 0 once it did not fit. */
struct name {
	char s[NAME_LIMIT];
	size_t n;
};

/* Add a folded letter; blanks only between words. */
static void
name_add(struct name *name, char c)
{
	char last;

	if (name->n == 0)
		return;
	last = name->s[name->n - 1];
	if (c == ' ' && (last == ' ' || last == '|'))
		return;
	if (c == '|' && last == ' ')
		name->n--;
	if (name->n == NAME_LIMIT - 1) {
		name->n = 0;
		return;
	}
	name->s[name->n++] = c;
	name->s[name->n] = '\0';
}

/* Fold s to "|name|". */
static void
fold_name(const char *s, size_t n, struct name *name)
{
	const char *end = s + n, *and;
	char c;

	name->s[0] = '|';
	name->n = 1;
	while (s < end && name->n > 0) {
		if (*s == '&') {
			for (and = " and "; *and != '\0'; and++)
				name_add(name, *and);
			s++;
		} else if ((c = fold(&s, end)) != '\0') {
			name_add(name, c);
		}
	}
	name_add(name, '|');
}

/* Take out the article; "saint" becomes "st". */
static void
shorten(struct name *name)
{
	char *s = name->s;

	if (name->n > 5 && memcmp(s, "|the ", 5) == 0) {
		memmove(s + 1, s + 5, name->n - 4);
		name->n -= 4;
	}
	if (name->n > 5 && memcmp(s + name->n - 5, " the|", 6) == 0)
		memcpy(s + name->n - 5, "|", 2);
	if (name->n > 7 && memcmp(s, "|saint ", 7) == 0) {
		memmove(s + 3, s + 6, name->n - 5);
		s[2] = 't';
	}
}

/* The code of ISO 3166 that the two folded letters are, or NULL. */
static const char *
by_code(const char *two)
{
	size_t i;

	for (i = 0; i < COUNTRIES; i++)
		if ((countries[i].code[0] | 0x20) == two[0] &&
		    (countries[i].code[1] | 0x20) == two[1])
			return countries[i].code;
	return NULL;
}

const char *
kl_country_code(const char *s, size_t n)
{
	struct name name;
	const char *code;
	size_t i;

	fold_name(s, n, &name);
	if (name.n < 4) /* "||", or it did not fit */
		return NULL;
	if (name.n == 4 && (code = by_code(name.s + 1)) != NULL)
		return code;
	shorten(&name);
	for (i = 0; i < COUNTRIES; i++)
		if (strstr(countries[i].names, name.s) != NULL)
			return countries[i].code;
	return NULL;
}
