// How alike two readings of a name are: words are paired, and pairs and leftovers are weighed. Line by line as
// score.py, whose comments hold here too. Floating-point steps are in its order and must not be fused
// (-ffp-contract=off), so that results are equal to the bit.

#pragma once

#include "words.hpp"

namespace ringfence {

struct Item { string_view key; double weight; int role; bool unit; };  // unit: names a body, or one within another
struct Pair { vector<int> query, listed; double degree; char kind; Relation relation; };  // kind: w(ord), i(nitial), f(irst letters), (as a) h(ole)
struct Key { string_view text; uint64_t letters; };
// A word of the vocabulary that a query word may be paired with, alone or (`joins`) as a part of what it is written of
// or writes; `next` is the next link of the same word, or -1.
struct Link { int word, query; double degree; Relation relation; bool joins; int next; };

// What belongs to no single word, in the order of `BESIDE` of kernel.py.
enum Beside { PERSONS, PARTLY, SAME_LETTERS, ONE_WORD, PLACES_DIFFER, NUMBERS_DIFFER, UNIT, BEGINS, NOTHING };

// The parts that the log-odds of two readings are the sum of.
struct Parts {
    struct Left { int at; bool of_query; double odds; };
    vector<double> pairs;  // of each pair
    vector<Left> left;
    vector<std::pair<Beside, double>> beside;
};

struct Scorer {
    const Listed &all;
    const Constants &k;
    vector<int> head;  // of each word of the vocabulary: its first link, or -1

    explicit Scorer(const Listed &listed) : all(listed), k(listed.k), head((size_t)listed.words(), -1) {}

    static bool write(string_view target, const vector<std::pair<int, string_view>> &parts, bool in_order, int &steps, int depth,
                      vector<int> &run) {
        if (depth == MOST_JOINED) return false;
        for (size_t at = 0; at < parts.size(); at++) {
            if (steps == 0) return false;
            steps--;
            string_view part = parts[at].second;
            if (target == part) {
                if (!depth) return false;
                run.push_back(parts[at].first);
                return true;
            }
            if (target.size() > part.size() && target.substr(0, part.size()) == part) {
                vector<std::pair<int, string_view>> rest(parts.begin() + (in_order ? (long)at : 0), parts.end());
                rest.erase(rest.begin() + (in_order ? 0 : (long)at));
                size_t mark = run.size();
                run.push_back(parts[at].first);
                if (write(target.substr(part.size()), rest, in_order, steps, depth + 1, run)) return true;
                run.resize(mark);
            }
        }
        return false;
    }

    using Runs = vector<std::pair<vector<int>, int>>;

    // `as_written` holds those of `many` that mean something else than they say; the others are empty.
    static void joins(const vector<Key> &many, const vector<Key> &as_written, const vector<Key> &ones,
                      const vector<char> &exact_many, const vector<char> &exact_ones, Runs &found) {
        vector<int> free;
        for (size_t j = 0; j < many.size(); j++)
            if (!exact_many[j]) free.push_back((int)j);
        if (free.size() < 2) return;
        bool both = std::any_of(as_written.begin(), as_written.end(), [](const Key &key) { return !key.text.empty(); });
        for (size_t one = 0; one < ones.size(); one++) {
            string_view word = ones[one].text;
            if (exact_ones[one] || word.size() < SHORTEST_JOINED || word.size() > LONGEST_JOINED) continue;
            vector<int> run;
            for (int in_order = 0; run.empty() && in_order <= both; in_order++) {
                vector<std::pair<int, string_view>> parts;
                for (int j : free) {
                    const Key &key = in_order && !as_written[j].text.empty() ? as_written[j] : many[j];
                    if (key.text.size() > 1 && !(key.letters & ~ones[one].letters) && word.find(key.text) != string_view::npos)
                        parts.push_back({j, key.text});
                }
                int steps = MOST_STEPS;
                if (parts.size() > 1) write(word, parts, in_order, steps, 0, run);
            }
            if (run.empty()) continue;
            for (int j : run) free.erase(std::find(free.begin(), free.end(), j));
            found.push_back({run, (int)one});
        }
    }

    struct Spoken { string_view key; int role; };

    // The words whose first letters may make a word for what a name begins with: particles are passed over, numbers and
    // initials end it.
    template <class Words> static void first_letters(const Words &words, vector<int> &run, string &letters) {
        for (size_t n = 0; n < words.size(); n++) {
            if (words[n].role == PARTICLE) continue;
            if (words[n].role == NUMBER || words[n].role == INITIAL || run.size() == MOST_FIRST) break;
            run.push_back((int)n);
            letters += words[n].key[0];
        }
    }

    // Whether a word may be made of the first letters of several.
    static bool may_shorten(string_view key, int role) {
        return role == NAME && key.size() >= FEWEST_FIRST && key.size() <= MOST_FIRST && all_letters(key);
    }

    // The free word of `ones` that is made of the first letters of the free words with which `many` begins.
    static bool shortened(const vector<Spoken> &ones, vector<char> &free_ones, const vector<Spoken> &many,
                          vector<char> &free_many, int &one, vector<int> &run) {
        vector<int> begin;
        string letters;
        first_letters(many, begin, letters);
        for (size_t n = 0; n < ones.size(); n++) {
            string_view word = ones[n].key;
            if (!free_ones[n] || !may_shorten(word, ones[n].role) || word.size() > letters.size()) continue;
            if (string_view(letters).substr(0, word.size()) != word) continue;
            bool free = true;
            for (size_t m = 0; m < word.size(); m++) free = free && free_many[(size_t)begin[m]];
            if (!free) continue;
            run.assign(begin.begin(), begin.begin() + (long)word.size());
            free_ones[n] = 0;
            for (int m : run) free_many[(size_t)m] = 0;
            one = (int)n;
            return true;
        }
        return false;
    }

    // The words of a name, particles last.
    template <class RoleOf> static vector<int> particles_last(int size, RoleOf role_of) {
        vector<int> out;
        for (bool particles : {false, true})
            for (int n = 0; n < size; n++)
                if ((role_of(n) == PARTICLE) == particles) out.push_back(n);
        return out;
    }

    // Whether a word is a particle that goes with the next.
    template <class RoleOf> static bool goes_with_next(int n, int size, RoleOf role_of) {
        return role_of(n) == PARTICLE && n + 1 < size && role_of(n + 1) != INITIAL && role_of(n + 1) != PARTICLE;
    }

    // A free word, and the free one to which it belongs if it is a particle; free no longer.
    template <class RoleOf> static vector<int> taken(int n, int size, RoleOf role_of, vector<char> &free) {
        vector<int> out{n};
        if (goes_with_next(n, size, role_of) && free[n + 1]) out.push_back(n + 1);
        for (int each : out) free[each] = 0;
        return out;
    }

    void align(const vector<Item> &query, const vector<Key> &query_keys, const vector<Key> &as_written, const vector<Link> &links,
               const int32_t *listed, int size, bool person, vector<Pair> &pairs) const {
        struct Met { double order; int i, j; double degree; Relation relation; };
        vector<Met> met;
        vector<char> exact_query(query.size()), exact_listed(size);
        vector<char> free_query(query.size(), 1), free_listed(size, 1);
        for (int j = 0; j < size; j++)
            for (int at = head[(size_t)listed[j]]; at >= 0; at = links[at].next) {
                const Link &link = links[(size_t)at];
                if (link.joins) continue;
                met.push_back({-link.degree * all.word_weights[listed[j]], link.query, j, link.degree, link.relation});
                if (link.degree == 1.0) exact_query[link.query] = exact_listed[j] = 1;
            }
        vector<Key> listed_keys(size);
        for (int j = 0; j < size; j++) listed_keys[j] = {all.key[(size_t)listed[j]], all.letters[(size_t)listed[j]]};
        Runs runs;
        joins(listed_keys, {}, query_keys, exact_listed, exact_query, runs);
        for (auto &[run, one] : runs) {
            pairs.push_back({{one}, run, k.spaced, 'w', SPACING});
            free_query[one] = 0;
            for (int j : run) free_listed[j] = 0;
        }
        runs.clear();
        joins(query_keys, as_written, listed_keys, exact_query, exact_listed, runs);
        for (auto &[run, one] : runs) {
            bool free = free_listed[one];
            for (int i : run) free = free && free_query[i];
            if (!free) continue;
            pairs.push_back({run, {one}, k.spaced, 'w', SPACING});
            free_listed[one] = 0;
            for (int i : run) free_query[i] = 0;
        }
        std::sort(met.begin(), met.end(), [](const Met &a, const Met &b) {
            return a.order != b.order ? a.order < b.order : a.i != b.i ? a.i < b.i : a.j < b.j;
        });
        for (auto &m : met)
            if (free_query[m.i] && free_listed[m.j]) {
                free_query[m.i] = free_listed[m.j] = 0;
                pairs.push_back({{m.i}, {m.j}, m.degree, 'w', m.relation});
            }
        if (pairs.empty()) return;
        auto our_role = [&](int i) { return query[i].role; };
        auto their_role = [&](int j) { return (int)all.roles[listed[j]]; };
        vector<int> theirs_in_order = particles_last(size, their_role);
        for (int i : particles_last((int)query.size(), our_role)) {
            if (!free_query[i]) continue;
            for (int j : theirs_in_order) {
                bool theirs = their_role(j) == INITIAL, ours = our_role(i) == INITIAL;
                if (free_listed[j] && theirs != ours && query[i].key[0] == listed_keys[j].text[0]) {
                    vector<int> our_words = taken(i, (int)query.size(), our_role, free_query);
                    pairs.push_back({std::move(our_words), taken(j, size, their_role, free_listed), 1.0, 'i', INITIALLY});
                    break;
                }
            }
        }
        if (!person) {
            vector<Spoken> ours, theirs;
            for (auto &item : query) ours.push_back({item.key, item.role});
            for (int j = 0; j < size; j++) theirs.push_back({listed_keys[j].text, all.roles[listed[j]]});
            int one;
            vector<int> run;
            if (shortened(ours, free_query, theirs, free_listed, one, run))
                pairs.push_back({{one}, run, k.first_letters[run.size()], 'f', FIRST});
            if (shortened(theirs, free_listed, ours, free_query, one, run))
                pairs.push_back({run, {one}, k.first_letters[run.size()], 'f', FIRST});
        }
    }

    // What the weight that is earned says.
    double content_of(double earned, bool person) const {
        double content = k.first_content * std::min(earned, k.first_cap) + k.content * std::min(earned, k.content_cap);
        if (person) content += k.person_content * std::min(earned, k.content_cap);
        return content;
    }

    // What it says that a listed name goes on within the last word asked for.
    double cut_odds(const vector<Item> &query, bool person) const {
        double earned = 0, rarest = 0;
        for (size_t i = 0; i + 1 < query.size(); i++) {
            earned += query[i].weight;
            rarest = std::max(rarest, query[i].weight);
        }
        double odds = k.cut + k.whole + content_of(earned + k.cut_word * query.back().weight, person);
        return odds + k.rarest * std::min(rarest, k.rarest_cap);
    }

    double name_odds(const vector<Item> &query, const int32_t *listed, int size, const vector<Pair> &pairs, bool person,
                     double part, bool letters, bool begins, Parts *parts = nullptr) const {
        double beside = 0;
        auto also = [&](Beside what, double odds) {
            beside += odds;
            if (parts) parts->beside.push_back({what, odds});
        };
        if (person) also(PERSONS, k.person);
        if (part != 0) also(PARTLY, part);
        if (letters) also(SAME_LETTERS, k.letters);
        if (!pairs.empty() && pairs[0].kind == 'h') {
            if (parts) parts->pairs.push_back(pairs[0].degree);
            return pairs[0].degree + beside;
        }
        vector<char> met_query(query.size()), met_listed(size);
        vector<double> gains;
        double lost = 0, rarest = 0, earned = 0;
        int rarest_at = -1, telling = 0;
        for (size_t n = 0; n < pairs.size(); n++) {
            const Pair &pair = pairs[n];
            for (int i : pair.query) met_query[i] = 1;
            for (int j : pair.listed) met_listed[j] = 1;
            if (pair.kind == 'i') {
                gains.push_back(0);
                continue;
            }
            double weight = 0;
            for (int j : pair.listed) weight += all.word_weights[listed[j]];
            double worth = weight;
            if (pair.query.size() == 1 && pair.listed.size() == 1) worth = std::min(weight, query[pair.query[0]].weight);
            if (pair.kind == 'f') {
                double asked = 0;
                for (int i : pair.query) asked += query[i].weight;
                worth = weight = std::min(weight, asked);
            }
            double gain = worth * pair.degree;
            gains.push_back(gain);
            lost += weight - gain;
            if (gain > rarest) rarest = gain, rarest_at = (int)n;
            int role = all.roles[listed[pair.listed[0]]];
            if (pair.listed.size() > 1 || role == NAME || role == COMMON || role == NUMBER || role == PLACE || role == TRADE ||
                role == BODY)
                telling++;
        }
        for (double gain : gains) earned += gain;
        double query_rest = 0, listed_rest = 0;
        int query_places = 0, listed_places = 0, query_numbers = 0, listed_numbers = 0;
        bool query_unit = false, listed_unit = false;
        for (size_t i = 0; i < query.size(); i++)
            if (!met_query[i]) {
                query_rest += query[i].weight;
                query_places += query[i].role == PLACE;
                query_numbers += query[i].role == NUMBER;
                query_unit |= query[i].unit;
            }
        for (int j = 0; j < size; j++)
            if (!met_listed[j]) {
                listed_rest += all.word_weights[listed[j]];
                listed_places += all.roles[listed[j]] == PLACE;
                listed_numbers += all.roles[listed[j]] == NUMBER;
                listed_unit |= all.units[listed[j]] != 0;
            }
        double whole = earned + lost + query_rest + listed_rest;
        if (earned <= 0) {
            if (parts) *parts = {vector<double>(pairs.size()), {}, {{NOTHING, k.nothing}}};
            return k.nothing;
        }
        double share = earned / whole;
        double content = content_of(earned, person);
        double for_each = (content + k.whole * (share * share)) / earned;
        double spoken = 0, left = 0;
        for (size_t n = 0; n < pairs.size(); n++) {
            double odds = pairs[n].kind == 'i' ? k.initial : for_each * gains[n];
            if ((int)n == rarest_at) odds += k.rarest * std::min(rarest, k.rarest_cap);
            if (pairs[n].kind != 'i' && query[pairs[n].query[0]].role == INITIAL) odds += k.initial;
            if (parts) parts->pairs.push_back(odds);
            spoken += odds;
        }
        double conflict = std::min(query_rest, listed_rest);
        double against = k.conflict * conflict;
        against += (k.conflict_share * conflict + k.query_share * (query_rest - conflict) +
                    k.listed_share * (listed_rest - conflict)) / whole;
        double rest = query_rest + listed_rest;
        double each = rest > 0 ? against / rest : 0;
        auto leave = [&](int at, bool of_query, double odds) {
            left += odds;
            if (parts) parts->left.push_back({at, of_query, odds});
        };
        for (size_t i = 0; i < query.size(); i++)
            if (!met_query[i]) {
                int role = query[i].role;
                double extra = role == PLACE ? k.query_place : role == NUMBER ? k.query_number : role == BODY ? k.query_body : 0.0;
                leave((int)i, true, each * query[i].weight + extra);
            }
        for (int j = 0; j < size; j++)
            if (!met_listed[j]) {
                int role = all.roles[listed[j]];
                double extra = role == PLACE ? k.listed_place : role == NUMBER ? k.listed_number : role == BODY ? k.listed_body : 0.0;
                leave(j, false, each * all.word_weights[listed[j]] + extra);
            }
        if (telling == 1) also(ONE_WORD, k.one_word);
        if (int both = std::min(query_places, listed_places)) also(PLACES_DIFFER, k.places * both);
        if (int both = std::min(query_numbers, listed_numbers)) also(NUMBERS_DIFFER, k.numbers * both);
        if (listed_unit && !query_unit) also(UNIT, k.listed_unit);
        else if (begins) also(BEGINS, k.begins);
        return spoken + left + beside;
    }

    // The one pair of two readings that meet as wholes.
    static void all_of(size_t query, int listed, double degree, Relation relation, vector<Pair> &pairs) {
        Pair pair{{}, {}, degree, relation == SPACING ? 'w' : 'h', relation};
        for (size_t i = 0; i < query; i++) pair.query.push_back((int)i);
        for (int j = 0; j < listed; j++) pair.listed.push_back(j);
        pairs.push_back(std::move(pair));
    }
};

}  // namespace ringfence
