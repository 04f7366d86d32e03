// What an index holds: its flat arrays, which are borrowed and never changed, and what is made of them once.

#pragma once

#include <cmath>
#include <functional>

#include "lexicon.hpp"

namespace ringfence {

// All constants come from Python (weights.py, compare.py), so that a number stands in one place only.
struct Constants {
    double base, first_content, first_cap, content, content_cap, rarest, rarest_cap, whole;
    double conflict, conflict_share, query_share, listed_share;
    double numbers, places, query_place, listed_place, query_number, listed_number, query_body, listed_body, listed_unit;
    double one_word, initial, person, person_content, letters, nothing, spaced, sound, short_sound, heaviest, initial_weight;
    double prefix_base, prefix_part, bones[3], written_bones[3], kind_differs, begins, cut, cut_word;
    double first_letters[7];                            // by letters
    double acronym_of_query[6], acronym_of_listed[6];  // by letters (5: or more)
};

constexpr int SHORTEST_JOINED = 5, LONGEST_JOINED = 80, MOST_JOINED = 8, MOST_STEPS = 500;
constexpr size_t SHORT = 8;  // letters of the longest word that no more than two edits are allowed of
constexpr size_t SHORTEST_SLIPPED = 4, LONGEST_SLIPPED = 32;  // letters of the longer of words that one edit may tell apart
constexpr int LONGEST_WORD = 2048, FEWEST_BONES = 3;
constexpr size_t FEWEST_FIRST = 3, MOST_FIRST = 6;  // letters of a word made of first letters
constexpr size_t SHORTEST_BEGUN = 12;                // letters of a name that another may begin with
constexpr size_t SHORTEST_AFTER_FORMS = 4, SHORTEST_WITH_FORMS = 24;  // the same after legal forms, and of all of it
constexpr uint8_t ALL_DIGITS = 1, VOWEL_POOR = 2;
// What names, and words of the vocabulary (`BONES`), are kept under.
enum Keyed { LETTERS, ACRONYMS, SOLES, STARTS, BEGUN, BONES, KEYED };

template <class T> struct View {
    const T *at = nullptr;
    ptrdiff_t size = 0;
    const T &operator[](ptrdiff_t n) const { return at[n]; }
    const T *begin() const { return at; }
    const T *end() const { return at + size; }
};

// How a word is spelled, folded and blurred, in one place, since words are looked at out of order: all of it up to 8 letters.
struct alignas(32) Spelling { char fold[8], blur[8]; uint64_t signature; uint32_t length; uint8_t kinds; };  // kinds: ALL_DIGITS, VOWEL_POOR

// Of a name, in one place: the frequent words it may carry, what its words weigh (never more), its initials, whether it is
// a person's.
struct Brief { uint64_t frequent; float weight; uint8_t initials, person; };

// Of a word, in one place: what it weighs; where in `postings` the names stand that carry it (those without initials end at
// `mid`, those with some follow; each by what it weighs in full); its first letter (two may be told as one); its role and whether it is a unit.
struct Carried { double weighs; int from, mid, to; uint8_t letter, role, unit; };

// Words as they are written: `Written` of parse.py.
struct Written {
    string forms, text;
    string_view last;  // the word before the one that is added
    void add(string_view word, bool is_form) {
        if (word != last) {
            string &part = text.empty() && is_form ? forms : text;
            (part += part.empty() ? "" : " ") += word;
        }
        last = word;
    }
};

struct Listed {
    Constants k;
    View<char> keys, folds, surfaces;
    View<uint64_t> signatures;
    View<double> word_weights, name_weight, degrees, name_odds, absent;  // absent: of words that no party carries, by role and length
    View<uint8_t> roles, units, name_part, name_initials, entry_person, entry_kind, kinds_alike, halves;
    View<int32_t> posting_start, postings, name_entry, name_start, name_words, posting_mid, fold_order, surface_at, surface_of;
    View<int64_t> entry_ref;
    View<uint16_t> name_text;
    View<uint64_t> hash[KEYED];
    View<int32_t> hash_at[KEYED];
    char blurred[256];
    int degree_width, party_kinds, person_kind;

    vector<string_view> key, fold;
    vector<int> starts;  // where the words of each length begin
    vector<uint64_t> letters;
    vector<Spelling> spellings;
    vector<Carried> carried;
    vector<uint64_t> fold_heads;  // of the words in the order of their folds
    vector<int> initials;         // the words that are initials

    vector<uint64_t> frequent;  // of each word: its bit in `Brief`, or 0
    vector<Brief> briefs;       // of each name
    int often = 0;              // a word is frequent that more names carry
    int most_initials = 0;      // of one name

    // Where these are a part of more listings: what a word weighs that none of these, but some of the others, carries; below
    // zero where none does.
    std::function<double(string_view)> elsewhere;

    int words() const { return (int)key.size(); }

    int number(string_view s) const { return number(s, Rolled::of(s)); }

    // The place of a word, or -1, given what `Rolled` says of it.
    int number(string_view s, uint64_t rolled) const {
        size_t mask = table.size() - 1;
        for (size_t h = Rolled::mixed(rolled) & mask;; h = (h + 1) & mask) {
            int n = table[h];
            if (n < 0) return -1;
            if (key[(size_t)n] == s) return n;
        }
    }

    string blur(string_view s) const {
        string out(s);
        for (char &c : out) c = blurred[(unsigned char)c];
        return out;
    }

    string skeleton(string_view s) const {
        string out;
        for (size_t i = 0; i < s.size(); i++) {
            char c = blurred[(unsigned char)s[i]];
            if (i == 0 || !is_vowel(c)) out += c;
        }
        return bones_of(out);
    }

    int most_halves(size_t length, size_t other) const {
        size_t longer = std::max(length, other);
        return halves[(ptrdiff_t)(longer <= SHORT ? longer : SHORT + (std::min(length, other) > SHORT))];
    }

    // A word of a name (by its place in `name_words`) as it is written.
    string_view surface(int at) const {
        auto found = std::lower_bound(surface_at.begin(), surface_at.end(), at);
        if (found == surface_at.end() || *found != at) return key[(size_t)name_words[at]];
        return surface_text[(size_t)surface_of[found - surface_at.begin()]];
    }

    // A name as it is written.
    Written written(int name) const {
        Written out;
        for (int at = name_start[name]; at < name_start[name + 1]; at++) out.add(surface(at), roles[name_words[at]] == LEGAL);
        return out;
    }

    bool kinds_agree(int asked, int listed) const { return kinds_alike[asked * party_kinds + listed] != 0; }

    string_view fold_of(int word) const {
        const Spelling &spelling = spellings[(size_t)word];
        return spelling.length <= 8 ? string_view(spelling.fold, spelling.length) : fold[(size_t)word];
    }

    string_view blur_of(int word) const {
        const Spelling &spelling = spellings[(size_t)word];
        if (spelling.length <= 8) return {spelling.blur, spelling.length};
        return string_view(all_blurs).substr((size_t)(fold[(size_t)word].data() - folds.at), spelling.length);
    }

    // The first place in the order of folds whose word is not before `s`.
    int first_fold(string_view s) const {
        uint64_t head = head_of(s);
        auto from = std::lower_bound(fold_heads.begin(), fold_heads.end(), head) - fold_heads.begin(), to = from;
        if (s.size() > 8) to = std::upper_bound(fold_heads.begin() + from, fold_heads.end(), head) - fold_heads.begin();
        auto at = std::lower_bound(fold_order.begin() + from, fold_order.begin() + to, s,
                                   [&](int32_t n, string_view v) { return fold[(size_t)n] < v; });
        return (int)(at - fold_order.begin());
    }

    // Whether a word of the vocabulary may begin with, or be, the text of which `Rolled` says this. Rarely wrong,
    // and never when it says no.
    bool may_begin(uint64_t rolled) const {
        return beginnings.may_hold(rolled);
    }

    // The same of the words as they are folded: whether one is the text, or may begin with it (of four letters or more).
    bool may_be_fold(uint64_t rolled) const { return whole_folds.may_hold(rolled); }
    bool may_begin_fold(uint64_t rolled) const { return fold_beginnings.may_hold(rolled); }

    // What a name weighs before it is compared.
    double odds_of(int name) const { return name_odds[name_part[name]]; }

    // How many names carry a word.
    int count(int word) const { return posting_start[word + 1] - posting_start[word]; }

    // The names, or words, kept under a text of a kind.
    std::pair<const int32_t *, const int32_t *> keyed(int kind, string_view text) const {
        uint64_t wanted = hash_of(text);
        if (!present[kind].may_hold(wanted)) return {nullptr, nullptr};
        auto found = std::equal_range(hash[kind].begin(), hash[kind].end(), wanted);
        return {hash_at[kind].at + (found.first - hash[kind].at), hash_at[kind].at + (found.second - hash[kind].at)};
    }

    void prepare() {
        split_lines(keys, key);
        split_lines(folds, fold);
        split_lines(surfaces, surface_text);
        all_blurs = blur(string_view(folds.at, (size_t)folds.size));
        size_t count = key.size(), room = 16;
        while (room < 2 * count + 2) room *= 2;
        table.assign(room, -1);
        starts.assign(LONGEST_WORD + 2, (int)count);
        for (size_t n = count; n-- > 0;) starts[std::min(fold[n].size(), (size_t)LONGEST_WORD + 1)] = (int)n;
        for (size_t length = LONGEST_WORD + 1; length-- > 0;) starts[length] = std::min(starts[length], starts[length + 1]);
        for (size_t n = 0; n < count; n++) {
            size_t h = Rolled::mixed(Rolled::of(key[n])) & (room - 1);
            while (table[h] >= 0) h = (h + 1) & (room - 1);
            table[h] = (int)n;
            letters.push_back(letters_of(key[n]));
            auto at = (ptrdiff_t)n;
            carried.push_back({word_weights[at], posting_start[at], posting_mid[at], posting_start[at + 1], letter_of(key[n]), roles[at],
                               units[at]});
            spellings.push_back({{}, {}, signatures[(ptrdiff_t)n], (uint32_t)fold[n].size(), (uint8_t)((all_digits(fold[n]) ? ALL_DIGITS : 0) | (vowel_poor(fold[n]) ? VOWEL_POOR : 0))});
            fold[n].copy(spellings[n].fold, 8);
            all_blurs.copy(spellings[n].blur, std::min(fold[n].size(), (size_t)8), (size_t)(fold[n].data() - folds.at));
        }
        for (int n = 0; n < words(); n++)
            if (roles[n] == INITIAL) initials.push_back(n);
        for (int32_t n : fold_order) fold_heads.push_back(head_of(fold[(size_t)n]));
        brief();
        beginnings.make_room((size_t)keys.size);
        for (string_view word : key) {
            uint64_t rolled = 0;
            for (unsigned char c : word) beginnings.add(rolled = Rolled::next(rolled, c));
        }
        whole_folds.make_room(count);
        fold_beginnings.make_room((size_t)folds.size);
        for (string_view word : fold) {
            uint64_t rolled = 0;
            for (size_t n = 0; n < word.size(); n++) {
                rolled = Rolled::next(rolled, (unsigned char)word[n]);
                if (n >= 3) fold_beginnings.add(rolled);
            }
            whole_folds.add(rolled);
        }
        for (int kind = 0; kind < KEYED; kind++) {
            present[kind].make_room((size_t)hash[kind].size);
            for (uint64_t h : hash[kind]) present[kind].add(h);
        }
    }

private:
    string all_blurs;  // of `folds`, at the same places
    vector<int> table;
    vector<string_view> surface_text;
    Present beginnings, whole_folds, fold_beginnings, present[KEYED];

    void brief() {
        auto names = (size_t)name_entry.size;
        int next = 0;
        often = 16 + (int)(names / 8192);
        vector<std::pair<int, int>> order;
        for (int n = 0; n < words(); n++) {
            if (count(n) > often) order.push_back({-count(n), n});
        }
        std::sort(order.begin(), order.end());
        frequent.assign(key.size(), 0);
        for (auto &[_, n] : order) frequent[(size_t)n] = 1ull << next++ % 64;
        briefs.resize(names);
        for (size_t n = 0; n < names; n++) {
            Brief &brief = briefs[n] = {0, (float)name_weight[(ptrdiff_t)n], name_initials[(ptrdiff_t)n],
                                        entry_person[name_entry[(ptrdiff_t)n]]};
            if (brief.weight > name_weight[(ptrdiff_t)n]) brief.weight = std::nextafter(brief.weight, 0.0f);
            for (int at = name_start[(ptrdiff_t)n]; at < name_start[(ptrdiff_t)n + 1]; at++)
                brief.frequent |= frequent[(size_t)name_words[at]];
            most_initials = std::max(most_initials, (int)brief.initials);
        }
    }

    static void split_lines(const View<char> &blob, vector<string_view> &out) {
        if (!blob.size) return;
        string_view all(blob.at, (size_t)blob.size);
        for (size_t at = 0;;) {
            size_t end = all.find('\n', at);
            out.push_back(all.substr(at, end == string_view::npos ? end : end - at));
            if (end == string_view::npos) return;
            at = end + 1;
        }
    }
};

}  // namespace ringfence
