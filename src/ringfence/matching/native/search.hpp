// A name asked for against an index: its readings, the listings that it may be, and what to tell of each.

#pragma once

#include "scan.hpp"

namespace ringfence {

// The sum of numbers rounded once (Shewchuk 1997), as Python's `math.fsum`.
inline double exact_sum(const vector<double> &numbers) {
    vector<double> partials;
    for (double x : numbers) {
        size_t kept = 0;
        for (double y : partials) {
            if (std::abs(x) < std::abs(y)) std::swap(x, y);
            double high = x + y, low = y - (high - x);
            if (low != 0) partials[kept++] = low;
            x = high;
        }
        partials.resize(kept);
        if (x != 0) partials.push_back(x);
    }
    if (partials.empty()) return 0;
    size_t n = partials.size() - 1;
    double high = partials[n], low = 0;
    while (n > 0) {
        double x = high, y = partials[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0) break;
    }
    // Half-way cases are rounded by what follows.
    if (n > 0 && ((low < 0 && partials[n - 1] < 0) || (low > 0 && partials[n - 1] > 0))) {
        double twice = low * 2, x = high + twice;
        if (twice == x - high) high = x;
    }
    return high;
}

// Rounded to four places, as Python's `round`.
inline double four_places(double x) {
    double scaled = x * 1e4, rounded = std::nearbyint(scaled);
    if (std::abs(scaled - rounded) == 0.5) {
        double beyond = std::fma(x, 1e4, -scaled);
        if (beyond > 0) rounded = std::floor(scaled) + 1;
        if (beyond < 0) rounded = std::ceil(scaled) - 1;
    }
    return rounded / 1e4;
}

// One reason: words that met, a word left over (of the query, of the listed name), or what belongs to no word.
struct Told {
    enum What : uint8_t { MET, QUERY_LEFT, LISTED_LEFT, BESIDE } what;
    uint8_t code;  // a Relation, a Role, a Beside
    double weight;
    string ours, theirs;
};

struct Found { int entry, name, reading; double odds; };
struct Match { Found found; double score; bool other_kind; vector<Told> told; };

struct Question {
    vector<string_view> texts;
    vector<Asked> readings;
    bool hard = false;  // only parse.py can read it
    int kind = 0;
    vector<Match> matches;
};

// What a search asks of the log-odds and scores.
struct Bar { double least, threshold; int limit; };

// Everything one thread needs to ask an index.
class Searcher {
    static constexpr double ROUNDING = 0.01;  // what rounding the weights of reasons may change of their sum
    static constexpr double FIRST_LOOK = -7, LOOK_FURTHER = 2;  // log-odds

    const Listed &all;
    const Constants &k;
    Words words;
    Scan scan;

    // Letters of a text in UTF-8.
    static long letters_in(string_view text) {
        return std::count_if(text.begin(), text.end(), [](char c) { return ((unsigned char)c & 0xC0) != 0x80; });
    }

    void take_up(Reading &&reading, Question &question) const {
        if (reading.words.empty()) return;
        question.readings.emplace_back();
        Asked &asked = question.readings.back();
        asked.reading = std::move(reading);
        asked.person = question.kind == all.person_kind;
        for (auto &word : asked.reading.words) {
            const Known &meant = *word.known->meant;
            asked.words.push_back({meant.key, meant.weight, meant.role, meant.unit});
        }
        string_view joined = asked.reading.joined, core = asked.reading.core;
        auto spaced = [&](string_view text) {
            auto [from, to] = all.keyed(LETTERS, text);
            asked.spaced.insert(asked.spaced.end(), from, to);
        };
        if (letters_in(joined) > 3) spaced(joined);
        if (letters_in(core) > 3 && core != joined) spaced(core);
        auto acronym = [&](int kind, string_view text, const double *odds) {
            double own = odds[std::min(text.size(), (size_t)5)];
            if (own == 0) return;
            auto [from, to] = all.keyed(kind, text);
            for (; from < to; from++) {
                auto held = std::find_if(asked.acronyms.begin(), asked.acronyms.end(), [&](auto &pair) { return pair.first == *from; });
                if (held == asked.acronyms.end()) asked.acronyms.push_back({*from, own});
                else held->second = own;
            }
        };
        for (auto &text : asked.reading.acronyms) acronym(SOLES, text, k.acronym_of_query);
        begin(asked);
        if (!asked.person) shorten(asked);
        if (!asked.reading.sole.empty()) acronym(ACRONYMS, asked.reading.sole, k.acronym_of_listed);
    }

    // The first letters of a text in UTF-8.
    static string first_of(const string &text, size_t letters) {
        size_t end = 0;
        for (size_t n = 0; n < letters; n++)
            for (end++; end < text.size() && ((unsigned char)text[end] & 0xC0) == 0x80;) end++;
        return text.substr(0, end);
    }

    // The names that begin with the one asked for, as written: `goes_on` of score.py.
    void begin(Asked &asked) const {
        Written ours;
        for (auto &word : asked.reading.words) ours.add(word.surface, word.known->role == LEGAL);
        auto letters = (size_t)letters_in(ours.text);
        bool after_forms = letters < SHORTEST_BEGUN;
        if (after_forms && (ours.forms.empty() || letters < SHORTEST_AFTER_FORMS || (size_t)letters_in(ours.forms) + 1 + letters < SHORTEST_WITH_FORMS)) return;
        auto [from, to] = all.keyed(BEGUN, after_forms ? "=" + first_of(ours.text, SHORTEST_AFTER_FORMS) : first_of(ours.text, SHORTEST_BEGUN));
        for (; from < to; from++) {
            Written theirs = all.written(*from);
            if (theirs.text.compare(0, ours.text.size(), ours.text) != 0) continue;
            bool cut = theirs.text.size() > ours.text.size() && theirs.text[ours.text.size()] != ' ';
            if (!after_forms || (cut && theirs.forms == ours.forms)) asked.begun.push_back({*from, cut});
        }
    }

    // The names that begin with words of whose first letters a word asked for may be made, and the reverse.
    void shorten(Asked &asked) const {
        for (auto &item : asked.words)
            if (Scorer::may_shorten(item.key, item.role)) {
                auto [from, to] = all.keyed(STARTS, item.key);
                asked.shortened.insert(asked.shortened.end(), from, to);
            }
        vector<int> run;
        string letters;
        Scorer::first_letters(asked.words, run, letters);
        for (size_t length = FEWEST_FIRST; length <= letters.size(); length++) {
            int n = all.number(string_view(letters).substr(0, length));
            if (n < 0 || !Scorer::may_shorten(all.key[(size_t)n], all.roles[n])) continue;
            const int32_t *postings = all.postings.at;
            asked.shortened.insert(asked.shortened.end(), postings + all.posting_start[n], postings + all.posting_start[n + 1]);
        }
    }

    string surfaces(const vector<Word> &of, const vector<int> &at) const {
        string out;
        for (int i : at) (out += out.empty() ? "" : " ") += of[(size_t)i].surface;
        return out;
    }
    string surfaces(int name, const vector<int> &at) const {
        string out;
        for (int j : at) (out += out.empty() ? "" : " ") += all.surface(all.name_start[name] + j);
        return out;
    }

    void tell(const Asked &asked, int name, vector<Told> &out) {
        vector<Pair> pairs;
        Parts parts;
        scan.tell(asked, name, pairs, parts);
        for (size_t n = 0; n < pairs.size(); n++) {
            string ours = surfaces(asked.reading.words, pairs[n].query), theirs = surfaces(name, pairs[n].listed);
            Relation relation = pairs[n].relation == SAME && ours != theirs ? EQUIVALENT : pairs[n].relation;
            out.push_back({Told::MET, relation, four_places(parts.pairs[n]), std::move(ours), std::move(theirs)});
        }
        for (auto &left : parts.left) {
            double weight = four_places(left.odds);
            if (left.of_query)
                out.push_back({Told::QUERY_LEFT, (uint8_t)asked.words[(size_t)left.at].role, weight,
                               asked.reading.words[(size_t)left.at].surface, ""});
            else
                out.push_back({Told::LISTED_LEFT, all.roles[all.name_words[all.name_start[name] + left.at]], weight, "",
                               string(all.surface(all.name_start[name] + left.at))});
        }
        for (auto &[what, odds] : parts.beside) out.push_back({Told::BESIDE, (uint8_t)what, four_places(odds), "", ""});
    }

    double score_of(const Match &match) const {
        vector<double> weights{k.base};
        for (auto &told : match.told) weights.push_back(told.weight);
        if (double part = all.name_odds[all.name_part[match.found.name] & ~1]) weights.push_back(part);
        if (all.name_part[match.found.name] & 1) weights.push_back(all.name_odds[1]);
        if (match.other_kind) weights.push_back(k.kind_differs);
        double odds = exact_sum(weights);
        return four_places(odds > -700 ? 1 / (1 + std::exp(-odds)) : 0.0);
    }

    // What reaches the least; gives the log-odds below which no other listing can come among them, less the rounding.
    template <class Better> double look(Question &question, double least, const Bar &bar, Better better) {
        vector<Found> found;
        find(question, least, found);
        auto &matches = question.matches;
        matches.clear();
        double floor = -1e300;
        for (auto &one : found) {
            if (one.odds + ROUNDING < floor) break;
            bool other_kind = !all.kinds_agree(question.kind, all.entry_kind[one.entry]);
            if (other_kind && one.odds + k.kind_differs < bar.least) continue;
            Match match;
            explain(question, one, match);
            if (match.score < bar.threshold) continue;
            matches.push_back(std::move(match));
            if (bar.limit < 0 || (int)matches.size() < bar.limit) continue;
            std::sort(matches.begin(), matches.end(), better);
            double last = std::min(std::max(matches[(size_t)bar.limit - 1].score - 0.00005, 1e-9), 1 - 1e-9);
            floor = std::log(last / (1 - last));
        }
        return floor - ROUNDING;
    }

public:
    Reader reader;

    Searcher(const Listed &listed, const Near &near, const Lexicon &lexicon)
        : all(listed), k(listed.k), words(listed, near, lexicon), scan(listed, words), reader(words) {}

    // All words of the vocabulary like a word.
    const vector<Like> &alike(string_view key) {
        words.make_room();
        return words.looked_up(words.known(key)).likes;
    }

    // Before questions are read: nothing read before may be used after it.
    void begin() {
        scan.leave();
        words.make_room();
    }

    void read(Question &question) {
        for (string_view text : question.texts) {
            vector<Reading> readings;
            if (question.hard |= !reader.parse(text, readings)) {
                question.readings.clear();
                return;
            }
            for (auto &reading : readings) take_up(std::move(reading), question);
        }
    }

    void take(Reading &&reading, Question &question) {
        Reader::find_sole(reading);
        take_up(std::move(reading), question);
    }

    // Of each listing that can reach the least its best name and reading, the best first.
    void find(Question &question, double least, vector<Found> &out) {
        vector<std::pair<int, double>> names;
        for (size_t n = 0; n < question.readings.size(); n++) {
            names.clear();
            question.readings[n].least = least;
            scan.scan(question.readings[n], names);
            for (auto &[name, odds] : names) out.push_back({all.name_entry[name], name, (int)n, odds});
        }
        std::sort(out.begin(), out.end(), [](const Found &a, const Found &b) {
            return a.entry != b.entry ? a.entry < b.entry : a.odds != b.odds ? a.odds > b.odds : a.name != b.name ? a.name < b.name : a.reading < b.reading;
        });
        out.erase(std::unique(out.begin(), out.end(), [](const Found &a, const Found &b) { return a.entry == b.entry; }), out.end());
        std::sort(out.begin(), out.end(), [](const Found &a, const Found &b) {
            return a.odds != b.odds ? a.odds > b.odds : a.entry < b.entry;
        });
    }

    // One listing with what is to be told of it.
    void explain(Question &question, const Found &found, Match &out) {
        out.found = found;
        out.other_kind = !all.kinds_agree(question.kind, all.entry_kind[found.entry]);
        tell(question.readings[(size_t)found.reading], found.name, out.told);
        out.score = score_of(out);
    }

    // The listings that score at or above the threshold, best first, at most `limit` of them (below zero: all). Where the
    // threshold is low but few are asked for, higher ones are tried first: what does not reach such a one can take no place
    // among as many as are asked for that do.
    void search(Question &question, const Bar &bar) {
        auto &matches = question.matches;
        auto better = [&](const Match &a, const Match &b) {
            return a.score != b.score ? a.score > b.score : all.entry_ref[a.found.entry] < all.entry_ref[b.found.entry];
        };
        for (double least = bar.limit >= 0 ? std::max(FIRST_LOOK, bar.least) : bar.least;;
             least = std::max(least - LOOK_FURTHER, bar.least))
            if (look(question, least, bar, better) > least || least == bar.least) break;
        std::sort(matches.begin(), matches.end(), better);
        // Those of equal score are told apart by others.
        auto most = (size_t)std::max(bar.limit, 0);
        if (bar.limit < 0 || matches.size() <= most) return;
        while (most && most < matches.size() && matches[most].score == matches[most - 1].score) most++;
        matches.resize(most);
    }
};

}  // namespace ringfence
