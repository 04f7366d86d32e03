// The word tables as Python read them (words.py), and what they say of one word: what it is compared as, the part it
// plays, how it sounds as written, and the term it is a slip of. Answers as words.py and compare.py, its oracles.

#pragma once

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "text.hpp"

namespace ringfence {

enum Role { NAME, TRADE, PLACE, LEGAL, PARTICLE, TITLE, NUMBER, INITIAL, COMMON, BODY, NO_ROLE };

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

inline bool all_digits(string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_digit); }
inline bool all_letters(string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_lower); }

inline bool vowel_poor(string_view s) {
    return s.size() > 2 && std::none_of(s.begin() + 1, s.end() - 1, is_vowel);
}

// The consonants of a word, after its first letter.
inline string consonants(string_view s) {
    string out;
    for (size_t i = 0; i < s.size(); i++)
        if (i == 0 || !is_vowel(s[i])) out += s[i];
    return out;
}

// Calls `line` with each line of a table, and `field` with each field of a line.
template <class Each> void split(string_view text, char mark, Each each) {
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find(mark, at), text.size());
        each(text.substr(at, end - at));
        at = end + 1;
    }
}

struct Phrase { vector<string_view> words, means; };

class Lexicon {
public:
    static constexpr int TABLES = 7;

private:
    string tables[TABLES];
    std::unordered_map<string_view, vector<string_view>> single;
    std::unordered_map<string_view, vector<Phrase>> phrases;
    std::unordered_map<string_view, Role> roles;
    std::unordered_set<string_view> units;
    vector<std::pair<string_view, string_view>> folds;  // the longest first

    // What slips of known terms mean; made when a word is met that no list holds.
    struct Slips {
        std::unordered_map<string, string_view> near, begun, folded, boned;
        Present may_be_near;
    };
    mutable Slips made;
    mutable std::once_flag once;

    static constexpr size_t SHORTEST_NEAR = 6, SHORTEST_FOLDED = 4, FEWEST_TERM_BONES = 4;

    // The word with its digits read as the letters they look like, if it is a word written so (`_LEET_WORD`).
    static bool leet(string_view s) {
        size_t digits = 0, size = s.size();
        for (char c : s) {
            if (!is_digit(c) && !is_lower(c)) return false;
            digits += is_digit(c);
        }
        if (!digits || digits == size) return false;
        auto like_letter = [](char c) { return c == '0' || c == '1' || c == '3' || c == '5'; };
        if (size >= 4) {
            size_t first = 0, last = size;
            while (first < size && is_digit(s[first])) first++;
            while (last > 0 && is_digit(s[last - 1])) last--;
            bool ends = first == digits && first > 0 && size - first <= 2;       // 12th, 7a
            bool begins = size - last == digits && last <= 2 && last < size;     // a7, mk12
            if (!ends && !begins) return true;
        }
        if (digits != 1) return false;
        size_t at = 0;
        while (!is_digit(s[at])) at++;
        return like_letter(s[at]) && ((at > 0 && at + 1 < size) || (at == 0 && size == 3));
    }

    string skeleton(string_view s) const {
        string blur(s);
        for (char &c : blur) c = blurred[(unsigned char)c];
        return bones_of(consonants(blur));
    }

    static string_view kept(const std::unordered_map<string, string_view> &terms, const string &term) {
        auto found = terms.find(term);
        return found == terms.end() ? string_view{} : found->second;
    }

    static void keep(std::unordered_map<string, string_view> &terms, string term, string_view means) {
        auto [found, is_new] = terms.try_emplace(std::move(term), means);
        if (!is_new && found->second != means) found->second = {};  // ambiguous
    }

    static string replaced(string_view s, string_view from, string_view to) {
        string out;
        size_t at = 0;
        for (size_t found; (found = s.find(from, at)) != string_view::npos; at = found + from.size())
            out.append(s, at, found - at).append(to);
        return out.append(s, at, string_view::npos);
    }

    template <class Each> static void rows(string_view table, Each each) {
        split(table, '\n', [&](string_view line) {
            size_t tab = std::min(line.find('\t'), line.size());
            each(line.substr(0, tab), line.substr(std::min(tab + 1, line.size())));
        });
    }

    const Slips &slips() const {
        std::call_once(once, [&] {
            rows(tables[4], [&](string_view term, string_view means) {
                keep(made.near, string(term), means);
                for (size_t n = 0; n < term.size(); n++)
                    if (n == 0 || term[n] != term[n - 1])
                        keep(made.near, string(term.substr(0, n)).append(term.substr(n + 1)), means);
                for (size_t length = SHORTEST_NEAR; length < term.size(); length++)
                    keep(made.begun, string(term.substr(0, length)), means);
                string folded = fold(term);
                keep(made.boned, consonants(folded), means);
                keep(made.boned, "=" + skeleton(folded), means);
            });
            made.may_be_near.make_room(made.near.size());
            for (auto &[term, _] : made.near) made.may_be_near.add(Rolled::of(term));
            rows(tables[5], [&](string_view term, string_view means) { keep(made.folded, fold(term), means); });
        });
        return made;
    }

public:
    char blurred[256], leets[256], looks[2][256];  // what letters and digits become

    // The tables: `single` and `phrases` (a term, a tab, what it means, separated by \x1f; phrases of a first word longest
    // first), `roles` (a word, a tab, the role), `units`, `terms` (long terms, as `single`), `folds`.
    Lexicon(string (&given)[TABLES], const char *changed) {
        memcpy(blurred, changed, 256);
        memcpy(leets, changed + 256, 256);
        memcpy(looks, changed + 512, 512);
        for (int n = 0; n < TABLES; n++) tables[n] = std::move(given[n]);
        auto parts = [](string_view text, char mark) {
            vector<string_view> out;
            split(text, mark, [&](string_view part) { out.push_back(part); });
            return out;
        };
        rows(tables[0], [&](string_view term, string_view means) { single[term] = parts(means, '\x1f'); });
        rows(tables[1], [&](string_view term, string_view means) {
            Phrase phrase{parts(term, ' '), parts(means, '\x1f')};
            string_view first = phrase.words[0];
            phrases[first].push_back(std::move(phrase));
        });
        rows(tables[2], [&](string_view word, string_view role) { roles[word] = (Role)(role[0] - '0'); });
        rows(tables[3], [&](string_view word, string_view) { units.insert(word); });
        rows(tables[6], [&](string_view from, string_view to) { folds.push_back({from, to}); });
    }

    const vector<string_view> *means(string_view token) const {
        auto found = single.find(token);
        return found == single.end() ? nullptr : &found->second;
    }

    // The phrases that begin with a word, the longest first.
    const vector<Phrase> *begun(string_view token) const {
        auto found = phrases.find(token);
        return found == phrases.end() ? nullptr : &found->second;
    }

    bool is_unit(string_view key) const { return units.count(key) != 0; }

    // The role in the tables, or NO_ROLE.
    Role told_role(string_view word) const {
        auto found = roles.find(word);
        return found == roles.end() ? NO_ROLE : found->second;
    }

    Role role_of(string_view word) const {
        Role role = told_role(word);
        if (role != NO_ROLE && word.size() > 1) return role;
        if (all_digits(word)) return NUMBER;
        return word.size() == 1 ? INITIAL : NAME;
    }

    string mended(string_view word) const {
        string out(word);
        if (leet(word))
            for (char &c : out)
                c = leets[(unsigned char)c];
        return out;
    }

    string fold(string_view word) const {
        string s = mended(word), out;
        // The Arabic article, if the word begins with it: then wherever it stands.
        auto article = [&](size_t at) {
            return at + 7 <= s.size() && (s[at] == 'a' || s[at] == 'e') && s[at + 1] == 'l' && is_lower(s[at + 2]) &&
                   !is_vowel(s[at + 2]) && s[at + 2] != 'l' && s[at + 2] != 'y' && s.find_first_of("aeiouy", at + 2) != string::npos;
        };
        if (article(0)) {
            for (size_t at = 0; at < s.size();)
                if (article(at)) at += 2;
                else out += s[at++];
            s.swap(out);
            out.clear();
        }
        for (size_t at = 0; at < s.size();) {
            bool found = false;
            for (auto &[from, to] : folds)
                if (s.compare(at, from.size(), from) == 0) {
                    out += to;
                    at += from.size();
                    found = true;
                    break;
                }
            if (!found) out += s[at++];
        }
        out.erase(std::unique(out.begin(), out.end()), out.end());
        if (out.find("ie") != string::npos) {
            s.clear();
            for (size_t at = 0; at < out.size(); at++)
                if (!(out[at] == 'i' && at + 2 < out.size() && out[at + 1] == 'e')) s += out[at];
            out.swap(s);
        }
        if (out.size() > 3 && out.back() == 'h' && is_vowel(out[out.size() - 2])) out.pop_back();
        return out;
    }

    // What the words mean that a word with digits looks like.
    vector<string> looks_like(string_view word) const {
        vector<string> out;
        string reads[2] = {string(word), string(word)};
        if (all_letters(word) || all_digits(word)) return out;
        for (size_t n = 0; n < word.size(); n++) {
            reads[0][n] = looks[0][(unsigned char)word[n]];
            reads[1][n] = looks[1][(unsigned char)word[n]];
        }
        for (auto &read : reads) {
            if (read == word || !all_letters(read)) continue;
            auto *means_them = means(read);
            if (means_them && means_them->size() != 1) continue;
            string meant(means_them ? means_them->front() : string_view(read));
            if (std::find(out.begin(), out.end(), meant) == out.end()) out.push_back(meant);
        }
        return out;
    }

    // The word meant by the one known term that a word is a slip, a disguise or the beginning of; empty if none is.
    string_view near_term(string_view word, Rolled &rolled) const {
        if (word.size() < FEWEST_TERM_BONES) return {};
        const Slips &known = slips();
        string reads[3] = {mended(word), replaced(word, "rn", "m"), replaced(word, "cl", "d")};
        string cut;
        for (int way = 0; way < 3; way++) {
            const string &read = reads[way];
            if ((way > 0 && read == reads[0]) || (way > 1 && read == reads[1])) continue;
            if (read.size() < SHORTEST_NEAR || !all_letters(read)) continue;
            string_view only;
            bool several = false;
            rolled.set(read);
            for (size_t n = 0; n <= read.size(); n++) {
                int size = (int)read.size(), at = (int)n, after = std::min(at + 1, size);
                if (!known.may_be_near.may_hold(rolled.join(rolled.part(0, at), rolled.part(after, size), size - after))) continue;
                cut.assign(read, 0, n);
                if (n < read.size()) cut.append(read, n + 1, string::npos);
                string_view means = kept(known.near, cut);
                if (means.empty()) continue;
                several |= !only.empty() && only != means;
                only = means;
            }
            if (!only.empty() && !several) return only;
            string_view begun = kept(known.begun, read);
            if (!begun.empty()) return begun;
        }
        string folded = fold(word);
        string_view means = folded.size() >= SHORTEST_FOLDED ? kept(known.folded, folded) : string_view{};
        if (!means.empty() || !vowel_poor(folded)) return means;
        string bones = consonants(folded);
        if (bones.size() >= FEWEST_TERM_BONES) means = kept(known.boned, bones);
        if (!means.empty()) return means;
        bones = skeleton(folded);
        return bones.size() >= FEWEST_TERM_BONES ? kept(known.boned, "=" + bones) : string_view{};
    }
};

}  // namespace ringfence
