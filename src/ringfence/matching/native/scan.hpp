// Which names can reach a score, and what each of them scores: `Scan` of reference.py.
//
// The bounds. Words of a name earn, each paired with one query word, at most what their rows say (words written
// together: what that one word says). Names that hold words by which a query word may be written are always looked at;
// any other name earns of each query word at most its best row; `odds` and `personal` grow with what is earned, with its
// share of the whole and with the best pair. An initial that agrees adds `initial`. A listed one takes query words that begin
// with it, and the word after such a particle, off what is left over: the names that carry it are a row that earns nothing
// and covers these. One asked for takes one word of the name with its particle, no heavier than the heaviest, off what is
// left over. Everything else is zero or below.
//  - `walk`: a name all of whose pairs are of some rows earns at most what these say, and leaves the query words that
//    they do not cover; while that cannot reach the least, the rows are idle: no name is met by them, the long ones are not
//    walked, the others only add to names that are met. A name that pairs by a row earns at most that row and the best of
//    all other query words, and its whole is no less than its own words weigh, so that beyond some weight it cannot reach
//    the least by this row: it is left out of the row, and whatever it gathers elsewhere, rightly or not, can only let it in
//    needlessly or leave it out when it cannot reach. The other rows are taken from the shortest to the longest: a name
//    that no shorter one met pairs by this one, by longer ones or by idle ones, which bounds it once more.
//  - `may_reach`: what a name gathered, and what rows that were not walked may add if it may carry their words, against what
//    its words weigh: a listed word with a partner is of a row, so that those without one weigh at least the rest, and the
//    query words that no row of the name covers are left over.
//  - `reaches`: each listed word at its best link. Words without a link stay without a partner but for initials and what
//    they may take; the whole is what the listed words weigh and the query words left over, at least those without a link
//    and at most all. What is against grows with what is left on either side (a conflict costs at least as much as
//    either side's share, which a test holds), and its shares are smallest of the largest whole.

#pragma once

#include <bitset>
#include <cmath>
#include <tuple>

#include "reading.hpp"
#include "score.hpp"

namespace ringfence {

struct Asked {  // one reading of a name asked for
    Reading reading;
    vector<Item> words;
    bool person = false;
    double least = 0;                         // the log-odds that names have to reach
    vector<int> spaced;                       // names that differ from it in their spaces only
    vector<int> shortened;                    // names whose words may meet one made of their first letters
    vector<std::pair<int, bool>> begun;       // names that begin with it, by their places, and whether they go on within its last word
    vector<std::pair<int, double>> acronyms;  // names one of which is the other's first letters, with the odds of it
};

// Looks through an index, for one thread.
class Scan {
    static constexpr double SLACK = 1e-6;  // more than sums of floating-point numbers can be off
    static constexpr int MOST_WORDS = 64;
    static constexpr int AHEAD = 32;  // names of which the memory is told before they are looked at

    // The names that carry a word of the vocabulary, and what they earn by it: of one query word; of several (`TOGETHER`),
    // of which it is written; of none (`FIRST_LETTER`), being an initial with which some begin. `covers` are the query words,
    // as bits, of which it may be a partner.
    enum Way { ALONE, TOGETHER, FIRST_LETTER };
    struct Row { int word, query, from, mid, to; Way way; uint64_t covers; double earns, weighs; };

    // The most that a name earns by some rows, in all and by the best pair, and that its words weigh by which it does; the query
    // words, as bits, that may have a partner.
    struct Gain {
        double earned = 0, peak = 0, weighs = 0;
        uint64_t covers = 0;
        void add(const Gain &more) {
            earned += more.earned;
            peak = std::max(peak, more.peak);
            weighs += more.weighs;
            covers |= more.covers;
        }
    };

    // The same of any name: each query word has one partner at most, so that of its rows the best counts.
    struct Tally {
        double most[MOST_WORDS] = {}, weigh[MOST_WORDS] = {};
        Gain gain;

        void take(const Row &row) {
            gain = with(row);
            if (row.way != ALONE) return;
            most[row.query] = std::max(most[row.query], row.earns);
            weigh[row.query] = std::max(weigh[row.query], row.weighs);
        }
        // What `gain` is once the row is taken.
        Gain with(const Row &row) const {
            double earned = row.way != ALONE ? row.earns : std::max(row.earns - most[row.query], 0.0);
            double weighs = row.way != ALONE ? row.weighs : std::max(row.weighs - weigh[row.query], 0.0);
            return {gain.earned + earned, std::max(gain.peak, row.earns), gain.weighs + weighs, gain.covers | row.covers};
        }
        // The most of names that pair by a row.
        Gain by(const Row &row) const {
            Gain out = with(row);
            if (row.way != ALONE) return out;
            out.earned = gain.earned - most[row.query] + row.earns;
            out.weighs = gain.weighs - weigh[row.query] + row.weighs;
            return out;
        }
    };
    struct Met { int name; Gain gain; };

    // What the rows that were not walked can add to a name, query word by query word, if it may carry some frequent words.
    using Passed = vector<std::pair<uint64_t, Gain>>;

    const Listed &all;
    const Constants &k;
    Words &words;
    Scorer scorer;
    vector<int> place;  // of each name in `met` while candidates are sought; below zero where it was not met
    vector<Met> met;
    vector<Row> rows, sorted;
    vector<std::pair<const Row *, Gain>> leading;  // rows by which names are met, and what names gain at most that shorter ones do not meet
    vector<const Row *> adding;                    // rows that only add to names that are met
    vector<double> rests;  // what each word of the query weighs if it is left over
    vector<Link> links;
    // Of the reading at hand.
    const Asked *asked = nullptr;
    vector<Known *> found;
    vector<Key> keys, as_written;  // its words as they are compared; and those that mean something else than they say
    bool linked = false;
    double asked_weight, lead_least;
    int asked_initials;
    uint64_t initial_letters;     // of its initials
    uint64_t begun_with[64];      // by letter: its words, as bits, that such an initial may take

    double odds(double earned, double share, double peak) const {
        return k.base + k.whole * share * share + k.first_content * std::min(earned, k.first_cap) +
               k.content * std::min(earned, k.content_cap) + k.rarest * std::min(peak, k.rarest_cap);
    }

    double personal(double earned) const { return k.person + k.person_content * std::min(earned, k.content_cap); }

    // The same for any name: the query says whether it is a person's, or some names are.
    double maybe_personal(double earned) const {
        double own = personal(earned);
        return asked->person ? own : std::max(0.0, own);
    }

    // What the query words weigh that are left over.
    double rest_of(uint64_t covered) const {
        double rest = 0;
        for (size_t i = 0; i < rests.size(); i++)
            if (!(covered >> i & 1)) rest += rests[i];
        return rest;
    }

    // What initials may take from what the listed words weigh.
    double spared(int initials, int asked_for) const { return k.heaviest * asked_for + k.initial_weight * initials; }

    static int count_of(uint64_t words) { return (int)std::bitset<64>(words).count(); }

    // The words of the query, as bits, that some listed initial may take.
    uint64_t begun_with_any() const {
        uint64_t any = 0;
        for (int n : all.initials) any |= begun_with[all.carried[(size_t)n].letter];
        return any;
    }

    // Every row to which the words of the query lead, the longest (the first that one would rather not walk) first.
    void lead() {
        rows.clear();
        for (auto *word : found)
            for (auto &like : word->likes) expect(&all.carried[(size_t)like.word]);
        for (int i = 0; i < (int)found.size(); i++) {
            double own = asked->words[(size_t)i].weight;
            for (auto &like : found[(size_t)i]->likes) {
                const Carried &word = all.carried[(size_t)like.word];
                rows.push_back({like.word, i, word.from, word.mid, word.to, ALONE, 1ull << i, std::min(word.weighs, own) * like.degree, word.weighs});
            }
        }
        vector<int> together;
        vector<string_view> texts;
        for (size_t i = 0; i < keys.size(); i++)
            for (string_view text : {keys[i].text, as_written[i].text})
                if (!text.empty()) texts.push_back(text);
        words.written_together(texts, together);
        for (int n : together) {
            uint64_t covers = 0;
            for (size_t i = 0; i < keys.size(); i++)
                for (string_view text : {keys[i].text, as_written[i].text})
                    if (!text.empty() && all.key[(size_t)n].find(text) != string_view::npos) covers |= 1ull << i;
            const Carried &word = all.carried[(size_t)n];
            rows.push_back({n, 0, word.from, word.mid, word.to, TOGETHER, covers, word.weighs * k.spaced, word.weighs});
        }
        for (int n : all.initials) {
            const Carried &word = all.carried[(size_t)n];
            if (uint64_t covers = begun_with[word.letter])
                rows.push_back({n, 0, word.from, word.mid, word.to, FIRST_LETTER, covers, 0, word.weighs * count_of(covers)});
        }
        int from[34] = {};
        auto place = [](const Row &row) {
            int digits = 0;
            for (int count = row.to - row.from; count; count >>= 1) digits++;
            return 32 - digits;
        };
        for (auto &row : rows) from[place(row) + 1]++;
        for (int n = 0; n < 33; n++) from[n + 1] += from[n];
        sorted.resize(rows.size());
        for (auto &row : rows) sorted[(size_t)from[place(row)]++] = row;
    }

    // The names of a row, those with initials or those without; each by what it weighs in full.
    std::pair<const int32_t *, const int32_t *> names_of(const Row &row, bool initials) const {
        return {all.postings.at + (initials ? row.mid : row.from), all.postings.at + (initials ? row.to : row.mid)};
    }

    // Meets the names, with initials or without, that rows lead to and that may reach the least; gives what the rows that were
    // not walked can add to them.
    Passed walk(const Tally &every, bool with_initials) {
        Tally idle, passed;  // by the rows by which alone no name can reach; by those of them that are not walked
        uint64_t frequent[MOST_WORDS] = {};
        uint64_t begun = with_initials ? begun_with_any() : 0;
        auto initials_of = [&](const Gain &gain) { return std::min(count_of(gain.covers & begun), all.most_initials); };
        auto most_by = [&](const Gain &gain) {
            return odds(gain.earned, 0, gain.peak) + maybe_personal(gain.earned) + k.initial * (initials_of(gain) + asked_initials);
        };
        Passed out;
        leading.clear();
        adding.clear();
        for (auto &row : sorted) {
            auto [from, to] = names_of(row, with_initials);
            if (from == to) continue;
            expect(from);
            Gain gain = idle.with(row);
            double rest = rest_of(gain.covers), share = gain.earned > 0 ? gain.earned / (gain.earned + rest) : 0;
            double most = most_by(gain) + k.whole * share * share;
            if (most >= lead_least && most + against_any(rest, gain.weighs) >= lead_least) {
                leading.push_back({&row, {}});
                continue;
            }
            idle.take(row);
            uint64_t bit = all.frequent[(size_t)row.word];
            if (bit && row.way == ALONE) frequent[row.query] |= bit, passed.take(row);
            else if (bit && row.way == FIRST_LETTER) out.push_back({bit, {0, 0, row.weighs, row.covers}});
            else adding.push_back(&row);
        }
        // The end of the names of a row that may reach, given what they gain at most; those that weigh more follow.
        auto end_of = [&](const int32_t *from, const int32_t *to, const Gain &gain) {
            double most = most_by(gain), left = rest_of(gain.covers), against = against_any(left, gain.weighs);
            double taken = spared(initials_of(gain), asked_initials);
            return std::partition_point(from, to, [&](int32_t name) {
                double whole = std::max(all.name_weight[name] - taken, gain.earned), share = gain.earned > 0 ? gain.earned / (whole + left) : 0;
                return most + k.whole * share * share + std::min(against, k.conflict * std::min(left, std::max(whole - gain.weighs, 0.0))) >= lead_least;
            });
        };
        // A name that is met first by a row, the shortest first, pairs by it, by longer ones or by idle ones.
        Tally longer = idle;
        for (auto &[row, gain] : leading) {
            gain = longer.by(*row);
            longer.take(*row);
        }
        auto shortest = [&](size_t n) -> auto & { return leading[leading.size() - 1 - n]; };
        // The memory is told of what comes some rows later.
        auto soon = [&](size_t at, bool names) {
            if (at >= leading.size()) return;
            auto [from, to] = names_of(*shortest(at).first, with_initials);
            if (!names) return expect(from);
            for (to = std::min(to, from + AHEAD); from < to; from++) expect(&place[(size_t)*from]);
        };
        for (size_t n = 0; n < leading.size(); n++) {
            soon(n + 8, false);
            soon(n + 4, true);
            auto &[lead, gain] = shortest(n);
            const Row &row = *lead;
            auto [from, to] = names_of(row, with_initials);
            if (to - from > 4) to = end_of(from, to, every.by(row));
            const int32_t *last = to - from > 4 ? end_of(from, to, gain) : to;
            for (; from < last; from++) {
                if (from + AHEAD < last) expect(&place[(size_t)from[AHEAD]]);
                int &at = place[(size_t)*from];
                if (at < 0) at = (int)met.size(), met.push_back({*from, {}});
                met[(size_t)at].gain.add({row.earns, row.earns, row.weighs, row.covers});
            }
            add(row, from, to);
        }
        for (auto *row : adding) {
            auto [from, to] = names_of(*row, with_initials);
            add(*row, from, to);
        }
        for (int i = 0; i < (int)asked->words.size(); i++)
            if (frequent[i]) out.push_back({frequent[i], {passed.most[i], passed.most[i], passed.weigh[i], 1ull << i}});
        return out;
    }

    // Adds what a row says to the names that are met.
    void add(const Row &row, const int32_t *from, const int32_t *to) {
        for (; from < to; from++) {
            if (from + AHEAD < to) expect(&place[(size_t)from[AHEAD]]);
            if (int at = place[(size_t)*from]; at >= 0) met[(size_t)at].gain.add({row.earns, row.earns, row.weighs, row.covers});
        }
    }

    // What is at least against a name: what is left on either side, of a whole no larger than this.
    double against(double query_rest, double listed_rest, double most_whole) const {
        double conflict = std::min(query_rest, listed_rest);
        return k.conflict * conflict + (k.conflict_share * conflict + k.query_share * (query_rest - conflict) +
                                        k.listed_share * (listed_rest - conflict)) / most_whole;
    }

    // What is at least against any name when so much of the query is left, and its words with a partner weigh no more than this.
    // With x left of the name the whole is `whole` + x at most. Up to x = rest, x is the conflict, and what is against is
    // `at`, which is most at an end or where it turns; beyond, it lies between `at(rest)` and what it tends to.
    double against_any(double rest, double met) const {
        if (rest <= 0 || met < k.heaviest / 2) return 0;  // (of less, more that is left need not be more against)
        double each = k.conflict_share - k.query_share, all_left = k.query_share * rest, whole = met + rest;
        auto at = [&](double x) { return k.conflict * x + (each * x + all_left) / (whole + x); };
        double most = std::max({at(0), at(rest), k.conflict * rest + k.listed_share});
        double square = (all_left - each * whole) / k.conflict, turn = square > 0 ? std::sqrt(square) - whole : 0;
        return turn > 0 && turn < rest ? std::max(most, at(turn)) : most;
    }

    // Whether a name can reach the least, had it gained this and no more.
    bool may_reach(const Brief &brief, const Gain &gain) const {
        double left = rest_of(gain.covers), earned = gain.earned;
        if (earned <= 0) return false;
        double most = odds(earned, 0, gain.peak) + k.initial * (brief.initials + asked_initials);
        if (asked->person || brief.person) most += personal(earned);
        double own = brief.weight - spared(brief.initials, asked_initials), share = earned / (std::max(own, earned) + left);
        double most_whole = asked_weight + brief.weight + SLACK;
        return most + k.whole * share * share + against(left, std::max(own - gain.weighs, 0.0), most_whole) >= lead_least;
    }

    static bool telling(int role) {
        return role == NAME || role == COMMON || role == NUMBER || role == PLACE || role == TRADE || role == BODY;
    }

    // The same by the words of the name: what each may earn, and what is left over on either side for certain.
    bool reaches(int name, bool shortened) const {
        const int32_t *from = all.name_words.at + all.name_start[name], *to = all.name_words.at + all.name_start[name + 1];
        int initials = 0, wanted = 0, pairs = 0, places = 0, numbers = 0;  // initials that may agree: listed, and asked for
        double earned = 0, peak = 0, met = 0, beside = 0, taken = 0, whole = all.name_weight[name], joined[MOST_WORDS];
        std::fill(joined, joined + rests.size(), 0.0);
        uint64_t covers = 0;
        bool unit = false, tells = false, takes_next = false;
        for (const int32_t *at = from; at < to; at++) {
            const Carried &word = all.carried[(size_t)*at];
            int role = word.role, link_at = scorer.head[(size_t)*at];
            double weight = word.weighs, best = 0;
            if (uint64_t words = begun_with[word.letter]; words && role == INITIAL) initials++, covers |= words;
            bool takes = initial_letters >> word.letter & 1;
            wanted += takes;
            if (takes || takes_next) taken += weight;
            if (link_at < 0 && !takes && !takes_next) {
                places += role == PLACE;
                numbers += role == NUMBER;
                unit |= word.unit != 0;
                beside += role == PLACE ? k.listed_place : role == NUMBER ? k.listed_number : role == BODY ? k.listed_body : 0;
            }
            takes_next = takes && role == PARTICLE;
            if (link_at < 0) continue;
            for (; link_at >= 0; link_at = links[(size_t)link_at].next) {
                const Link &link = links[(size_t)link_at];
                covers |= 1ull << link.query;
                double earns = (link.joins ? weight : std::min(weight, asked->words[(size_t)link.query].weight)) * link.degree;
                best = std::max(best, earns);
                if (link.joins) peak = std::max(peak, joined[link.query] += earns);
            }
            peak = std::max(peak, best);
            earned += best;
            met += weight;
            tells |= telling(role);
            pairs++;
        }
        if (earned <= 0) return false;
        wanted = std::min(wanted, asked_initials);
        taken = std::min(taken, k.heaviest * wanted) + k.initial_weight * initials;
        if (shortened) shorten(from, to, earned, peak, covers, taken);
        double query_rest = rest_of(covers);
        if (shortened) {
            beside = 0;
        } else {
            int query_places = 0, query_numbers = 0;
            bool query_unit = false;
            for (size_t i = 0; i < asked->words.size(); i++) {
                query_unit |= asked->words[i].unit;
                if (covers >> i & 1) continue;
                int role = asked->words[i].role;
                query_places += role == PLACE;
                query_numbers += role == NUMBER;
                beside += role == PLACE ? k.query_place : role == NUMBER ? k.query_number : role == BODY ? k.query_body : 0;
            }
            beside += k.places * std::min(places, query_places) + k.numbers * std::min(numbers, query_numbers);
            if (unit && !query_unit) beside += k.listed_unit;
            if (pairs == 1 && tells) beside += k.one_word;
        }
        beside += k.initial * (initials + wanted);
        if (asked->person || all.briefs[(size_t)name].person) beside += personal(earned);
        beside += against(query_rest, std::max(whole - met - taken, 0.0), asked_weight + whole);
        double share = earned / std::max(whole - taken + query_rest, earned);
        return odds(earned, share, peak) + beside + all.odds_of(name) >= lead_least;
    }

    // What a word made of first letters may earn beside what other words do, the query words of which it may be the partner,
    // and what it may take from what the listed words weigh.
    void shorten(const int32_t *from, const int32_t *to, double &earned, double &peak, uint64_t &covers, double &taken) const {
        auto earn = [&](double earns) {
            earned += earns;
            peak = std::max(peak, earns);
        };
        vector<Scorer::Spoken> listed;
        for (; from < to; from++) listed.push_back({all.key[(size_t)*from], all.roles[*from]});
        vector<int> run;
        string theirs, ours;
        Scorer::first_letters(listed, run, theirs);
        double most = 0, takes = 0;
        for (size_t i = 0; i < asked->words.size(); i++) {
            const Item &item = asked->words[i];
            if (!Scorer::may_shorten(item.key, item.role) || theirs.compare(0, item.key.size(), item.key) != 0) continue;
            covers |= 1ull << i;
            most = std::max(most, item.weight * k.first_letters[item.key.size()]);
            takes = k.heaviest * (double)MOST_FIRST;
        }
        if (most > 0) earn(most);
        run.clear();
        Scorer::first_letters(asked->words, run, ours);
        double best = 0;
        for (auto &word : listed)
            if (Scorer::may_shorten(word.key, word.role) && ours.compare(0, word.key.size(), word.key) == 0)
                best = std::max(best, std::min(asked_weight, k.heaviest) * k.first_letters[word.key.size()]);
        if (best > 0) {
            earn(best);
            covers = ~0ull;
            takes += k.heaviest;
        }
        taken += takes;
    }

    void link_words() {
        links.clear();
        linked = true;
        auto link = [&](int word, int query, double degree, Relation relation, bool joins) {
            links.push_back({word, query, degree, relation, joins, scorer.head[(size_t)word]});
            scorer.head[(size_t)word] = (int)links.size() - 1;
        };
        for (int i = 0; i < (int)found.size(); i++)
            for (auto &like : found[(size_t)i]->likes) link(like.word, i, like.degree, like.relation, false);
        for (int i = 0; i < (int)found.size(); i++)
            if (!found[(size_t)i]->written.empty())
                for (int n : found[(size_t)i]->pieces) link(n, i, k.spaced, SPACING, true);
        for (auto &row : rows)
            for (int i = 0; row.way == TOGETHER && i < (int)found.size(); i++)
                if (row.covers >> i & 1) link(row.word, i, k.spaced, SPACING, true);
    }

    // Whether a name of the same letters differs in more than its legal forms.
    bool respaced(const int32_t *listed, int size) const {
        int j = 0;
        auto skip = [&] {
            while (j < size && all.roles[listed[j]] == LEGAL) j++;
        };
        for (size_t i = 0; i < keys.size(); i++) {
            if (asked->words[i].role == LEGAL) continue;
            skip();
            if (j == size || all.key[(size_t)listed[j++]] != keys[i].text) return true;
        }
        skip();
        return j < size;
    }

    // The log-odds of a name, how its words met (by the way that is most, the first of what is the same), and on request the
    // parts that the odds are the sum of.
    double score(int name, vector<Pair> &pairs, Parts *parts = nullptr) const {
        const int32_t *listed = all.name_words.at + all.name_start[name];
        int size = all.name_start[name + 1] - all.name_start[name];
        bool letters = std::find(asked->spaced.begin(), asked->spaced.end(), name) != asked->spaced.end();
        bool person = asked->person || all.briefs[(size_t)name].person;
        auto begun = std::lower_bound(asked->begun.begin(), asked->begun.end(), std::make_pair(name, false));
        bool begins = begun != asked->begun.end() && begun->first == name, cut = begins && begun->second;
        auto odds_of = [&](const vector<Pair> &way, Parts *told) {
            if (told) *told = {};
            return scorer.name_odds(asked->words, listed, size, way, person, asked->reading.part, letters, begins && !cut, told);
        };
        pairs.clear();
        bool spaced = letters && respaced(listed, size);
        scorer.align(asked->words, keys, as_written, links, listed, size, person, pairs);
        double best = odds_of(pairs, parts);
        auto also = [&](double whole, Relation relation) {
            vector<Pair> way;
            Scorer::all_of(asked->words.size(), size, whole, relation, way);
            Parts told;
            double odds = odds_of(way, parts ? &told : nullptr);
            if (odds <= best) return;
            best = odds;
            pairs.swap(way);
            if (parts) *parts = std::move(told);
        };
        if (spaced) also(k.spaced, SPACING);
        for (auto &acronym : asked->acronyms)
            if (!spaced && acronym.first == name) also(acronym.second, ACRONYM);
        if (cut) also(scorer.cut_odds(asked->words, person), CUT);
        return best;
    }

public:
    Scan(const Listed &listed, Words &kept) : all(listed), k(listed.k), words(kept), scorer(listed) {
        place.assign((size_t)listed.name_entry.size, -1);
    }

    // Forgets the reading at hand.
    void leave() {
        for (auto &link : links) scorer.head[(size_t)link.word] = -1;
        links.clear();
        linked = false;
        asked = nullptr;
    }

    // Takes up a reading: what its words are like.
    void use(const Asked &query) {
        leave();
        asked = &query;
        found.clear();
        keys.clear();
        as_written.clear();
        asked_weight = 0;
        asked_initials = 0;
        initial_letters = 0;
        std::fill(begun_with, begun_with + 64, 0);
        for (auto &word : query.reading.words) {
            found.push_back(&words.looked_up(*word.known->meant));
            keys.push_back({found.back()->key, letters_of(found.back()->key)});
            string_view written = word.surface;
            bool says_else = written != found.back()->key && std::all_of(written.begin(), written.end(), [](char c) { return is_lower(c) || is_digit(c); });
            as_written.push_back(says_else ? Key{written, letters_of(written)} : Key{});
        }
        for (size_t i = 0; i < query.words.size(); i++) {
            const Item &item = query.words[i];
            asked_weight += item.weight;
            uint8_t letter = letter_of(item.key);
            if (item.role == INITIAL) {
                asked_initials++;
                initial_letters |= 1ull << letter;
                continue;
            }
            begun_with[letter] |= 1ull << i;
            if (Scorer::goes_with_next((int)i, (int)query.words.size(), [&](int n) { return query.words[(size_t)n].role; }))
                begun_with[letter] |= 2ull << i;
        }
        rests.clear();
        for (auto &item : query.words) rests.push_back(item.role == INITIAL ? 0.0 : item.weight);
        lead_least = query.least - query.reading.part - SLACK;
        lead();
    }

    // Each name whose log-odds reach the least, with them.
    void scan(const Asked &query, vector<std::pair<int, double>> &out) {
        use(query);
        Tally every;
        for (auto &row : rows) every.take(row);
        vector<int> names;
        for (bool with_initials : {false, true}) {
            met.clear();
            Passed passed = walk(every, with_initials);
            for (size_t n = 0; n < met.size() && n < AHEAD; n++) expect(&all.briefs[(size_t)met[n].name]);
            for (size_t n = 0; n < met.size(); n++) {
                if (n + AHEAD < met.size()) {
                    expect(&all.briefs[(size_t)met[n + AHEAD].name]);
                    expect(&place[(size_t)met[n + AHEAD].name]);
                }
                Met &one = met[n];
                const Brief &brief = all.briefs[(size_t)one.name];
                for (auto &[words, gain] : passed)
                    if (words & brief.frequent) one.gain.add(gain);
                if (may_reach(brief, one.gain)) names.push_back(one.name);
                place[(size_t)one.name] = -1;
            }
        }
        for (auto *word : found) names.insert(names.end(), word->written.begin(), word->written.end());
        size_t sought = names.size();
        names.insert(names.end(), query.shortened.begin(), query.shortened.end());
        size_t certain = names.size();
        names.insert(names.end(), query.spaced.begin(), query.spaced.end());
        for (auto &pair : query.acronyms) names.push_back(pair.first);
        for (auto &pair : query.begun) names.push_back(pair.first);
        if (names.empty()) return;
        link_words();
        size_t kept = 0;
        for (size_t n = 0; n < names.size(); n++)
            if (n >= certain || reaches(names[n], n >= sought)) names[kept++] = names[n];
        names.resize(kept);
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        vector<Pair> pairs;
        for (int name : names) {
            double odds = k.base + score(name, pairs) + all.odds_of(name);
            if (odds >= query.least) out.push_back({name, odds});
        }
    }

    // How the words of a reading and of a name met, and the parts of the log-odds.
    void tell(const Asked &query, int name, vector<Pair> &pairs, Parts &parts) {
        if (asked != &query) use(query);
        if (!linked) link_words();
        score(name, pairs, &parts);
    }
};

}  // namespace ringfence
