// A name in plain ASCII taken apart as parse.py does, its oracle: what needs more than that (another script, brackets,
// another name within the name) is left to it.

#pragma once

#include "words.hpp"

namespace ringfence {

struct Word { const Known *known; string surface; };  // `known`: of the word as it is compared

// One reading of a name.
struct Reading {
    vector<Word> words;
    string joined, core, sole;  // `sole` is empty when no word is the only telling one
    vector<string> acronyms;
    double part = 0;
};

class Reader {
    static constexpr size_t MOST_LETTERS = 1000, MOST_WORDS = 64;

    Words &words;
    string plain;
    bool quoted = false, run_together = false;
    vector<string> tokens;
    vector<const Known *> written;  // of the tokens

    static bool is_word(char c) { return is_digit(c) || is_lower(c); }
    static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
    static bool beside(int role) { return role == LEGAL || role == TITLE || role == PARTICLE; }

    // Whether a capital begins a word that is run together with the one before it (`BabakJafarpour`, `1stCo`).
    static bool begins_word(string_view text, size_t at) {
        if (at == 0 || !is_lower(text[at - 1])) return false;
        char next = at + 1 < text.size() ? text[at + 1] : 0;
        if (is_lower(next) || (next >= 'A' && next <= 'Z')) return true;
        if (at < 3 || !is_digit(text[at - 3])) return false;
        string_view end = text.substr(at - 2, 2);
        return end == "st" || end == "nt" || end == "nd" || end == "rd" || end == "th";
    }

    // The text in lower case without quotes, `&` as a word of its own; false where the name needs more than this.
    bool clean(string_view text) {
        plain.clear();
        run_together = false;
        quoted = text.find_first_of("'\"") != string_view::npos;
        for (size_t at = 0; at < text.size(); at++) {
            char c = text[at];
            if ((unsigned char)c >= 128 || c == '(' || c == '[' || c == '?' || c == '_') return false;
            bool is_i = c == 'l' && at + 1 < text.size() && is_capital(text[at + 1]) && (at + 2 == text.size() || !is_lower(text[at + 2])) && (at == 0 || !(is_capital(text[at - 1]) || is_lower(text[at - 1])));
            if (is_i)  // a small L where a word of capitals begins
                plain += 'i';
            else if (is_capital(c)) {
                run_together |= begins_word(text, at);
                plain += (char)(c + 32);
            } else if (quoted && (c == '\'' || c == '"' || c == '`'))
                continue;
            else if (c == '&')
                plain += " and ";
            else
                plain += c;
        }
        return true;
    }

    bool alone(size_t at) const {
        return at < plain.size() && is_word(plain[at]) && (at + 1 == plain.size() || !is_word(plain[at + 1]));
    }

    // Whether a letter follows a word and a point or hyphen.
    bool follows(size_t at) const {
        return at > 1 && (plain[at - 1] == '.' || plain[at - 1] == '-') && is_word(plain[at - 2]);
    }

    // Words of the text; one written letter by letter (`h.u.a.w.e.i`) is put together, with its rest (`d-e-v-elop`).
    void take_apart() {
        tokens.clear();
        for (size_t at = 0; at < plain.size();) {
            if (!is_word(plain[at])) {
                at++;
                continue;
            }
            size_t end = at + 1;
            string token;
            if (alone(at)) {
                char mark = end < plain.size() ? plain[end] : 0;
                token += plain[at];
                if (mark == '.' || mark == '-' || mark == ' ')
                    while (end < plain.size() && plain[end] == mark && alone(end + 1)) token += plain[end + 1], end += 2;
                if (token.size() < 3) {
                    end = at + 1;
                    token.resize(1);
                } else if ((token.size() > 3 || follows(at)) && mark != ' ' && end + 1 < plain.size() && plain[end] == mark && is_word(plain[end + 1]))
                    for (end++; end < plain.size() && is_word(plain[end]); end++) token += plain[end];
            } else {
                while (end < plain.size() && is_word(plain[end])) end++;
                token.assign(plain, at, end - at);
            }
            at = end;
            if (is_digit(token[0])) ordinal(token);
            tokens.push_back(std::move(token));
        }
    }

    // 54th is read as 54.
    static void ordinal(string &token) {
        size_t size = token.size();
        if (size < 3) return;
        string_view end = string_view(token).substr(size - 2);
        if ((end != "st" && end != "nd" && end != "rd" && end != "th") || !all_digits(string_view(token).substr(0, size - 2)))
            return;
        size_t first = std::min(token.find_first_not_of('0'), size - 3);
        token = token.substr(first, size - 2 - first);
    }

    // Whether the text may say that another name, or a body within this one, follows (`a.k.a.`, `subordinate unit:`).
    // Where quotes were taken out a word may have begun or ended anywhere.
    bool may_name_another() const {
        auto begins = [&](size_t at) { return quoted || at == 0 || !is_word(plain[at - 1]); };
        auto ends = [&](size_t at) { return quoted || at >= plain.size() || !is_word(plain[at]); };
        for (const char *word : {"now", "formerly", "also known as"})
            for (size_t at = 0; (at = plain.find(word, at)) != string::npos; at++)
                if (begins(at) && ends(at + strlen(word))) return true;
        for (const char *word : {"subordinate", "affiliate", "subsidiar"})
            if (plain.find(word) != string::npos) return true;
        for (size_t k = plain.find('k'); k != string::npos; k = plain.find('k', k + 1)) {
            size_t before = k, after = k + 1;
            auto space = [&](size_t at) { return at < plain.size() && (plain[at] == ' ' || (plain[at] >= 9 && plain[at] <= 13) || (plain[at] >= 28 && plain[at] <= 31)); };
            if (before > 0 && space(before - 1)) before--;
            if (before > 0 && plain[before - 1] == '.') before--;
            if (after < plain.size() && plain[after] == '.') after++;
            if (space(after)) after++;
            if (before == 0 || after >= plain.size() || plain[after] != 'a') continue;
            char first = plain[before - 1];
            if ((first == 'a' || first == 'f' || first == 'n') && begins(before - 1) && ends(after + 1)) return true;
        }
        return false;
    }

    void add(string_view key, string_view surface, Reading &out) { add(words.known(key), surface, out); }
    static void add(const Known &known, string_view surface, Reading &out) { out.words.push_back({&known, string(surface)}); }

    // `S. A.` before a name are initials, as in `R. S. A. Tikriti`; after it a legal form.
    static bool initials_only(const Phrase &phrase) {
        return std::all_of(phrase.words.begin(), phrase.words.end(), [](string_view word) { return word.size() == 1; });
    }

    void read(Reading &out) {
        written.clear();
        for (auto &token : tokens) written.push_back(&words.known(token));
        // Where the letters end by which the name begins.
        size_t begun = 0;
        while (begun < tokens.size() && tokens[begun].size() == 1) begun++;
        for (size_t at = 0; at < tokens.size();) {
            const Phrase *longest = nullptr;
            if (written[at]->begins)
                for (auto &phrase : *written[at]->begins)
                    if (at + phrase.words.size() <= tokens.size() && (at >= begun || !initials_only(phrase)) &&
                        std::equal(phrase.words.begin(), phrase.words.end(), tokens.begin() + (long)at)) {
                        longest = &phrase;
                        break;
                    }
            if (longest) {
                string surface;
                for (string_view word : longest->words) (surface += surface.empty() ? "" : " ") += word;
                for (string_view key : longest->means) add(key, surface, out);
                at += longest->words.size();
                continue;
            }
            const Known &token = *written[at++];
            if (token.means)
                for (string_view key : *token.means) add(key, token.key, out);
            else
                add(token, token.key, out);
        }
        if (out.words.size() > MOST_WORDS) out.words.resize(MOST_WORDS);
        for (auto &token : tokens) out.joined += token;
        const string *last = nullptr;
        for (auto &word : out.words) {
            if (word.known->role != LEGAL && (!last || *last != word.surface))
                for (char c : word.surface)
                    if (c != ' ') out.core += c;
            last = &word.surface;
        }
        add_acronyms(out);
    }

    // The words of three to eight letters made by the first letters of all words, without particles, and without the
    // legal forms at the end.
    void add_acronyms(Reading &out) {
        if (tokens.size() < 3 || tokens.size() > 12) return;
        string every, some, core;
        for (auto *token : written) {
            every += token->key[0];
            if (!token->particle) some += token->key[0];
        }
        const string *last = nullptr;
        for (auto &word : out.words) {
            if (!beside(word.known->role) && (!last || *last != word.surface))
                split(word.surface, ' ', [&](string_view part) {
                    if (!words.known(part).particle) core += part[0];
                });
            last = &word.surface;
        }
        for (auto *made : {&every, &some, &core})
            if (made->size() >= 3 && made->size() <= 8 && all_letters(*made) &&
                std::find(out.acronyms.begin(), out.acronyms.end(), *made) == out.acronyms.end())
                out.acronyms.push_back(*made);
    }

    void read_plain(vector<Reading> &out) {
        take_apart();
        if (tokens.size() > MOST_WORDS) tokens.resize(MOST_WORDS);
        Reading reading;
        read(reading);
        find_sole(reading);
        if (!reading.words.empty()) out.push_back(std::move(reading));
    }

public:
    explicit Reader(Words &kept) : words(kept) {}

    // The one word that is not a legal form, title or particle, when there is just one.
    static void find_sole(Reading &out) {
        const Known *only = nullptr;
        int telling = 0;
        for (auto &word : out.words)
            if (!beside(word.known->role)) only = word.known, telling++;
        if (telling == 1) out.sole = only->key;
    }

    // The readings of a name that have words; false where parse.py has to read it.
    bool parse(string_view text, vector<Reading> &out) {
        text = text.substr(0, MOST_LETTERS);
        if (!clean(text) || may_name_another()) return false;
        bool again = run_together;
        read_plain(out);
        if (!again) return true;
        string apart;
        for (size_t at = 0; at < text.size(); at++) {
            if (text[at] >= 'A' && text[at] <= 'Z' && begins_word(text, at)) apart += ' ';
            apart += text[at];
        }
        clean(string_view(apart).substr(0, MOST_LETTERS));
        read_plain(out);
        auto same = [](const Word &a, const Word &b) { return a.known == b.known; };
        if (out.size() == 2 && std::equal(out[0].words.begin(), out[0].words.end(), out[1].words.begin(), out[1].words.end(), same))
            out.pop_back();
        return true;
    }

    // A word that parse.py read, in its place.
    void take(string_view key, string_view surface, Reading &out) { add(key, surface, out); }
};

}  // namespace ringfence
