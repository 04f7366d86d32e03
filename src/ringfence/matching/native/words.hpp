// Words that are alike: every word of the vocabulary like a given one, found without looking at the others, and
// every way to write a word as several or several as one. Answers as vocabulary.py, its oracle.

#pragma once

#include <deque>
#include <unordered_map>

#include "listed.hpp"

namespace ringfence {

// How two words meet, in the order of `RELATIONS` of kernel.py.
enum Relation : uint8_t { SAME, EQUIVALENT, SOUND, SPELLING, VOWELS, ABBREVIATION, INITIALLY, SPACING, ACRONYM, CUT, FIRST };

struct Like { double degree; int word; Relation relation; };

// A word as it is written or compared, and what is known of it; a name's word that no party carries may be meant for another.
struct Known {
    string_view key;
    const vector<Phrase> *begins = nullptr;      // the phrases that begin with it, if any do
    const vector<string_view> *means = nullptr;  // what it is compared as, if as another
    bool particle = false;                       // said to be one in the tables
    int number = -1;  // its place in the vocabulary, or -1
    bool counted = false;  // whether any party carries it
    Role role = NAME;
    double weight = 0;
    bool unit = false;  // names a body, or one within another
    Known *meant = nullptr;
    bool looked_up = false;
    vector<Like> likes;
    vector<int> pieces;   // what it may be written of
    vector<int> written;  // the names that hold all words of a way to write it
};

// The words whose blurs may be as few edits from a given one as `most_halves` allows: none up to 3 letters of the
// longer, 1 up to 5, 2 beyond, and 3 where both have more than 8.
//
// Proof that none is missed. Words at most d edits apart (insertion, deletion, substitution, transposition of
// neighbours) become equal when at most d letters of each are deleted, so many more of the longer as it is longer: so
// where d is 2 or less, words are kept under what is left of them when up to 2 letters are deleted, 1 up to 5 letters, none
// up to 3. What is left has 8 letters at most, since one of both words has: of 9 letters one at least is deleted, of 10 two.
// If both have more than 8 letters, d is 3: cut a word of the vocabulary in the middle and the other where that cut falls.
// If no transposition crosses the cut, one pair of halves is at most 1 edit apart, and shares what is left when up to one
// letter of each is deleted. If one crosses it, x|y against y|x, it is a substitution in each half; a pair with no further
// edit is 1 edit apart; with one further edit on each side, the first halves are 1 edit apart once y is read for x.
//
// Words as they are written are kept beside their blurs: what is left when up to one letter is deleted, which words share that
// are one edit apart.
class Near {
    // A word of the vocabulary and, so that most need not be looked at, its length (31: or more) above which letters it has,
    // blurred or as written.
    struct Entry { int32_t word; uint32_t sketch; };

    const Listed &listed;
    vector<uint32_t> start;
    vector<Entry> entries;

    static constexpr int LONGEST_SKETCHED = 31;

    // Of fewer bits than the signature, so that no more of them differ.
    static uint32_t sketch(uint64_t signature, size_t length) {
        uint32_t letters = (uint32_t)(signature ^ signature >> 27 ^ signature >> 54) & 0x7FFFFFF;
        return letters | (uint32_t)std::min(length, (size_t)LONGEST_SKETCHED) << 27;
    }

    enum Part : uint64_t { WHOLE = 1, FIRST = 0x51ED270B, SECOND = 0xA3D70A3D, WRITTEN = 0x7FEB352D };

    static int deletions(int length) { return length <= 3 ? 0 : length <= 5 ? 1 : 2; }

    static uint64_t key(uint64_t hash, Part part) { return Rolled::mixed(hash + part); }
    size_t bucket(uint64_t key) const { return key & (start.size() - 2); }

    // What is left of the letters from `a` to `b` when one is deleted; not for a letter like the one before it.
    template <class Found>
    static void one_less(string_view s, const Rolled &rolled, int a, int b, Found found) {
        for (int i = a; i < b; i++)
            if (i == a || s[(size_t)i] != s[(size_t)i - 1])
                found(rolled.join(rolled.part(a, i), rolled.part(i + 1, b), b - i - 1));
    }

    template <class Found> static void whole(string_view s, const Rolled &rolled, Found found) {
        int n = (int)s.size(), most = deletions(n), least = n - (int)SHORT;
        if (least <= 0) found(rolled.part(0, n));
        if (least <= 1 && most >= 1) one_less(s, rolled, 0, n, found);
        if (least <= 2 && most >= 2)
            for (int i = 0; i < n; i++)
                for (int j = i + 1; j < n; j++)
                    found(rolled.join(rolled.join(rolled.part(0, i), rolled.part(i + 1, j), j - i - 1),
                                      rolled.part(j + 1, n), n - j - 1));
    }

    template <class Found> static void as_written(string_view s, const Rolled &rolled, Found found) {
        found(key(rolled.part(0, (int)s.size()), WRITTEN));
        one_less(s, rolled, 0, (int)s.size(), [&](uint64_t h) { found(key(h, WRITTEN)); });
    }

    template <class Found> static void of_listed(string_view s, const Rolled &rolled, Found found) {
        int n = (int)s.size(), half = n / 2;
        whole(s, rolled, [&](uint64_t h) { found(key(h, WHOLE)); });
        if (s.size() <= SHORT) return;
        found(key(rolled.part(0, half), FIRST));
        found(key(rolled.part(half, n), SECOND));
        one_less(s, rolled, 0, half, [&](uint64_t h) { found(key(h, FIRST)); });
        one_less(s, rolled, half, n, [&](uint64_t h) { found(key(h, SECOND)); });
    }

    template <class Found> static void of_asked(string_view s, const Rolled &rolled, Found found) {
        int n = (int)s.size();
        whole(s, rolled, [&](uint64_t h) { found(key(h, WHOLE)); });
        if (s.size() <= SHORT) return;
        // The lengths of words to which three edits lead, and those of their halves, one edit away.
        int shortest = std::max(n - 3, (int)SHORT + 1), longest = n + 3;
        for (int p = shortest / 2 - 1; p <= std::min(n, longest / 2 + 1); p++) {
            found(key(rolled.part(0, p), FIRST));
            one_less(s, rolled, 0, p, [&](uint64_t h) { found(key(h, FIRST)); });
            if (p == n || s[(size_t)p] == s[(size_t)p - 1]) continue;
            auto crossed = [&](uint64_t h) { found(key(rolled.join(h, rolled.part(p, p + 1), 1), FIRST)); };
            crossed(rolled.part(0, p - 1));
            one_less(s, rolled, 0, p - 1, crossed);
        }
        for (int p = (shortest + 1) / 2 - 1; p <= std::min(n, (longest + 1) / 2 + 1); p++) {
            found(key(rolled.part(n - p, n), SECOND));
            one_less(s, rolled, n - p, n, [&](uint64_t h) { found(key(h, SECOND)); });
        }
    }

public:
    explicit Near(const Listed &all) : listed(all) {
        vector<uint32_t> keys, upto;  // of all words, blurred and as written, one after the other, and where those of each end
        size_t room = 64;
        Rolled rolled;
        auto keep = [&](uint64_t key) { keys.push_back((uint32_t)key); };
        for (int n = 0; n < listed.words(); n++) {
            string_view blur = listed.blur_of(n), word = listed.key[(size_t)n];
            if (!(listed.spellings[(size_t)n].kinds & ALL_DIGITS || blur.empty())) {
                rolled.set(blur);
                of_listed(blur, rolled, keep);
            }
            upto.push_back((uint32_t)keys.size());
            if (may_slip(word)) {
                rolled.set(word);
                as_written(word, rolled, keep);
            }
            upto.push_back((uint32_t)keys.size());
        }
        while (room < keys.size()) room *= 2;
        start.assign(room + 1, 0);
        for (uint32_t key : keys) start[bucket(key)]++;
        for (size_t b = 0, sum = 0; b <= room; b++) start[b] = (uint32_t)(sum += start[b]);
        // Each bucket is filled from its end on; the memory is told of what comes before it is waited for.
        entries.resize(keys.size());
        size_t left = keys.size();
        for (size_t n = upto.size(); n-- > 0;) {
            auto word = (int32_t)(n / 2);
            string_view written = listed.key[(size_t)word];
            Entry entry{word, n % 2 ? sketch(signature(written), written.size())
                                    : sketch(listed.signatures[word], listed.spellings[(size_t)word].length)};
            for (size_t first = n ? upto[n - 1] : 0; left > first; left--) {
                if (left > 32) expect(&start[bucket(keys[left - 33])]);
                if (left > 16) expect(entries.data() + start[bucket(keys[left - 17])] - 1);
                entries[--start[bucket(keys[left - 1])]] = entry;
            }
        }
    }

    // Whether one edit may tell a word, as it is written, from another.
    static bool may_slip(string_view word) {
        return word.size() + 1 >= SHORTEST_SLIPPED && word.size() <= LONGEST_SLIPPED && all_letters(word);
    }

    // Room for what one look-up gathers.
    struct Sought { vector<size_t> buckets; vector<int> words; };

    // Gathers where the entries of some keys stand; the memory is told of them before they are waited for.
    template <class Parts> void gather(Parts parts, vector<size_t> &buckets) const {
        buckets.clear();
        parts([&](uint64_t key) {
            size_t b = bucket(key);
            expect(&start[b]);
            buckets.push_back(b);
        });
        for (size_t b : buckets)
            if (start[b] < start[b + 1]) expect(&entries[start[b]]);
    }

    // Calls `found` with words (`soon` with these and others before), some of them several times, none of another length or with too many other letters.
    template <class Soon, class Found>
    void look_up(string_view blurred, const Rolled &rolled, Sought &sought, Soon soon, Found found) const {
        // How many letters may differ of words of each length; below zero where too many are more or fewer.
        int n = (int)blurred.size(), most[LONGEST_SKETCHED + 1];
        for (int length = 0; length <= LONGEST_SKETCHED; length++) {
            int apart = length < LONGEST_SKETCHED ? std::abs(n - length) : std::max(length - n, 0);
            int allowed = listed.most_halves((size_t)n, (size_t)length) / 2;
            most[length] = apart <= allowed ? 2 * allowed - apart : -1;
        }
        most[LONGEST_SKETCHED] += most[LONGEST_SKETCHED] < 0 ? 0 : LONGEST_SKETCHED;
        uint64_t asked = signature(blurred);
        uint32_t wanted = sketch(asked, 0);
        gather([&](auto keep) { of_asked(blurred, rolled, keep); }, sought.buckets);
        size_t room = 0, kept = 0;
        for (size_t b : sought.buckets) room += start[b + 1] - start[b];
        if (sought.words.size() < room) sought.words.resize(room);
        // Kept by adding and not by branching, since nothing foretells which are.
        int *words = sought.words.data();
        for (size_t b : sought.buckets)
            for (uint32_t i = start[b]; i < start[b + 1]; i++) {
                Entry entry = entries[i];
                words[kept] = entry.word;
                kept += differing(entry.sketch & 0x7FFFFFF, wanted) <= most[entry.sketch >> 27];
            }
        for (size_t n = 0; n < kept; n++) {
            expect(&listed.spellings[(size_t)words[n]]);
            soon(words[n]);
        }
        for (size_t n = 0; n < kept; n++) {
            const Spelling &spelling = listed.spellings[(size_t)words[n]];
            if (differing(spelling.signature, asked) <= most[std::min(spelling.length, (uint32_t)LONGEST_SKETCHED)]) found(words[n]);
        }
    }

    // Calls `found` with the words that are one edit from a word as they are written, some of them several times.
    template <class Found> void one_edit(string_view word, Rolled &rolled, Sought &sought, Found found) const {
        if (!may_slip(word)) return;
        uint32_t wanted = sketch(signature(word), 0);
        rolled.set(word);
        gather([&](auto keep) { as_written(word, rolled, keep); }, sought.buckets);
        for (size_t b : sought.buckets)
            for (uint32_t i = start[b]; i < start[b + 1]; i++) {
                Entry entry = entries[i];
                if (differing(entry.sketch & 0x7FFFFFF, wanted) > 2) continue;
                string_view other = listed.key[(size_t)entry.word];
                if (std::max(word.size(), other.size()) >= SHORTEST_SLIPPED && may_slip(other) && one_edit_apart(word, other)) found(entry.word);
            }
    }
};

// Looks words up and keeps what it found. One for each thread.
class Words {
    static constexpr size_t KEPT = 50000;

    const Listed &listed;
    const Near &near;
    const Lexicon &tables;
    std::deque<string> texts;  // of the words that are kept
    std::unordered_map<string_view, Known> cache;
    Pattern pattern, blur_pattern;
    Rolled rolled;
    vector<uint32_t> seen;
    uint32_t now = 0;
    Near::Sought sought;
    vector<int> looked_at;
    vector<Like> found;

    // How alike a word folded as `fa` is to another word of the vocabulary: `folded_likeness` of compare.py. `fa` is not
    // all digits, `poor` says whether it is vowel_poor, and their blurs are so many edits apart; `pattern` is set to it.
    Like like(string_view fa, bool poor, int n, int blur_edits) const {
        const Constants &k = listed.k;
        string_view fb = listed.fold_of(n);
        uint8_t kinds = listed.spellings[(size_t)n].kinds;
        if (kinds & ALL_DIGITS) return {0, n, SAME};
        if (fa.size() == fb.size() && fa == fb) return {fa.size() > 2 ? k.sound : k.short_sound, n, SOUND};
        size_t length = std::max(fa.size(), fb.size());
        int most = listed.most_halves(fa.size(), fb.size());
        bool bony = poor || kinds & VOWEL_POOR;
        // Most words that were looked at end here: too many edits, other consonants, no beginning in common.
        if (2 * blur_edits > most && !bony && fa[0] != fb[0]) return {0, n, SAME};
        double spelled = 0;
        if (2 * blur_edits <= most) {
            int count = blur_edits + pattern.distance(fb);
            if (count <= most) spelled = listed.degrees[(ptrdiff_t)length * listed.degree_width + count];
        }
        if (bony) {
            string bones = listed.skeleton(fa);
            if (bones.size() >= FEWEST_BONES && bones == listed.skeleton(fb)) {
                double d = k.bones[std::min(bones.size(), (size_t)5) - FEWEST_BONES];
                if (d > spelled) return {d, n, VOWELS};
            }
        }
        if (spelled > 0) return {spelled, n, SPELLING};
        string_view s = fa.size() <= fb.size() ? fa : fb, l = fa.size() <= fb.size() ? fb : fa;
        if (s.size() >= 4 && l.substr(0, s.size()) == s)
            return {k.prefix_base + k.prefix_part * (double)s.size() / (double)l.size(), n, ABBREVIATION};
        return {0, n, SAME};
    }

    // The edits between the blurs of up to `TOGETHER` words and that of `blur_pattern`.
    void blur_edits(const int *words, size_t count, int (&edits)[Pattern::TOGETHER]) const {
        const char *blurs[Pattern::TOGETHER];
        uint32_t lengths[Pattern::TOGETHER];
        for (size_t n = 0; n < Pattern::TOGETHER; n++) {
            const Spelling &spelling = listed.spellings[(size_t)words[n < count ? n : 0]];
            blurs[n] = spelling.blur, lengths[n] = spelling.length;
        }
        bool together = blur_pattern.text.size() <= Pattern::SOME;
        if (together) blur_pattern.distances(blurs, lengths, edits);
        for (size_t n = 0; n < count; n++)
            if (!together || lengths[n] > Pattern::FEW) edits[n] = blur_pattern.distance(listed.blur_of(words[n]));
    }

    void alike(int same, string_view word, string_view fa, vector<Like> &out) {
        if (!all_digits(fa) && !fa.empty()) {
            if (++now == 0) std::fill(seen.begin(), seen.end(), 0), now = 1;
            pattern.set(fa);
            string fblur = listed.blur(fa);
            blur_pattern.set(fblur);
            bool poor = vowel_poor(fa);
            looked_at.clear();
            auto consider = [&](int n) {
                if (n == same || seen[(size_t)n] == now) return;
                seen[(size_t)n] = now;
                looked_at.push_back(n);
            };
            rolled.set(fblur);
            near.look_up(fblur, rolled, sought, [&](int n) { expect(&seen[(size_t)n]); }, consider);
            same_bones(fa, poor, consider);
            prefixes(fa, consider);
            found.clear();
            for (size_t from = 0; from < looked_at.size(); from += Pattern::TOGETHER) {
                size_t count = std::min(looked_at.size() - from, (size_t)Pattern::TOGETHER);
                int edits[Pattern::TOGETHER];
                blur_edits(&looked_at[from], count, edits);
                for (size_t n = 0; n < count; n++) {
                    Like like = this->like(fa, poor, looked_at[from + n], edits[n]);
                    if (like.degree > 0) found.push_back(like);
                }
            }
            alike_as_written(word, same);
            if (same >= 0) found.push_back({1.0, same, SAME});
            out = found;
        } else if (same >= 0)
            out.push_back({1.0, same, SAME});
    }

    template <class Found> void same_bones(string_view fa, bool poor, Found found) const {
        string bones = listed.skeleton(fa);
        if (bones.size() < FEWEST_BONES) return;
        auto [from, to] = listed.keyed(BONES, bones);
        for (; from < to; from++)
            if (poor || listed.spellings[(size_t)*from].kinds & VOWEL_POOR) found(*from);
    }

    // Words that are alike as they are written, into `found`, unless they are more alike by their sound: `written_likeness`
    // of compare.py.
    void alike_as_written(string_view word, int same) {
        auto also = [&](int n, double degree, Relation relation) {
            if (n == same) return;
            auto held = std::find_if(found.begin(), found.end(), [&](const Like &like) { return like.word == n; });
            if (held == found.end()) found.push_back({degree, n, relation});
            else if (held->degree < degree) *held = {degree, n, relation};
        };
        string bones = consonants(word);
        if (bones.size() >= FEWEST_BONES && !all_digits(word)) {
            bool poor = vowel_poor(word);
            double degree = listed.k.written_bones[std::min(bones.size(), (size_t)5) - FEWEST_BONES];
            auto [from, to] = listed.keyed(BONES, "=" + bones);
            for (; from < to; from++) {
                string_view other = listed.key[(size_t)*from];
                if ((poor || vowel_poor(other)) && consonants(other) == bones) also(*from, degree, VOWELS);
            }
        }
        near.one_edit(word, rolled, sought, [&](int n) {
            auto longer = (ptrdiff_t)std::max(word.size(), listed.key[(size_t)n].size());
            also(n, listed.degrees[longer * listed.degree_width + 2], SPELLING);  // two halves of an edit
        });
    }

    template <class Found> void prefixes(string_view fa, Found found) const {
        int size = (int)listed.fold_order.size;
        auto fold_at = [&](int at) { return listed.fold[(size_t)listed.fold_order[at]]; };
        uint64_t rolled = 0;
        for (size_t length = 1; length <= fa.size(); length++) {
            rolled = Rolled::next(rolled, (unsigned char)fa[length - 1]);
            string_view part = fa.substr(0, length);
            if (length < 4) continue;
            if (length == fa.size() ? !listed.may_begin_fold(rolled) : !listed.may_be_fold(rolled)) continue;
            for (int at = listed.first_fold(part); at < size; at++) {
                string_view found_fold = fold_at(at);
                if (length == fa.size() ? found_fold.substr(0, length) != part : found_fold != part) break;
                found(listed.fold_order[at]);
            }
        }
    }

    // Every vocabulary word that is part of some way to write `word` as several words of the vocabulary, and every name
    // that holds all words of such a way.
    void pieces(string_view word, Known &out) {
        int length = (int)word.size();
        if (length < SHORTEST_JOINED || length > LONGEST_JOINED) return;
        struct Span { int a, b, n; };
        vector<Span> spans;
        char ahead[LONGEST_JOINED + 1] = {1}, back[LONGEST_JOINED + 1] = {};
        back[length] = 1;
        rolled.set(word);
        for (int a = 0; a < length; a++)
            for (int b = a + 2; ahead[a] && b <= length && b - a < length && listed.may_begin(rolled.part(a, b)); b++) {
                int n = listed.number(word.substr((size_t)a, (size_t)(b - a)), rolled.part(a, b));
                if (n >= 0) spans.push_back({a, b, n}), ahead[b] = 1;
            }
        if (!ahead[length]) return;
        for (auto s = spans.rbegin(); s != spans.rend(); ++s)
            if (back[s->b]) back[s->a] = 1;
        // Of each letter, such a name holds one of the words that cover it: those of the letter are looked for whose are rarest.
        long covering[LONGEST_JOINED] = {};
        spans.erase(std::remove_if(spans.begin(), spans.end(), [&](const Span &s) { return !back[s.b]; }), spans.end());
        for (auto &s : spans) {
            out.pieces.push_back(s.n);
            for (int letter = s.a; letter < s.b; letter++) covering[letter] += listed.count(s.n);
        }
        int rarest = (int)(std::min_element(covering, covering + length) - covering);
        unique(out.pieces);
        for (auto &s : spans) {
            if (s.a > rarest || s.b <= rarest) continue;
            for (int at = listed.posting_start[s.n]; at < listed.posting_start[s.n + 1]; at++) {
                int name = listed.postings[at];
                const int32_t *from = listed.name_words.at + listed.name_start[name], *to = listed.name_words.at + listed.name_start[name + 1];
                char reached[LONGEST_JOINED + 1] = {1};
                for (auto &t : spans)
                    if (reached[t.a] && std::find(from, to, t.n) != to) reached[t.b] = 1;
                if (reached[length]) out.written.push_back(name);
            }
        }
        unique(out.written);
    }

    static void unique(vector<int> &numbers) {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    }

    void extend(string &built, uint64_t hash, int used, const vector<std::pair<string_view, uint64_t>> &parts,
                size_t letters, vector<int> &out) {
        if (used > 1 && built.size() >= SHORTEST_JOINED) {
            int n = listed.number(built, hash);
            if (n >= 0) out.push_back(n);
        }
        if (used == MOST_JOINED) return;
        for (auto &[part, own] : parts) {
            uint64_t longer = rolled.join(hash, own, (int)part.size());
            if (built.size() + part.size() > letters || !listed.may_begin(longer)) continue;
            size_t before = built.size();
            built += part;
            extend(built, longer, used + 1, parts, letters, out);
            built.resize(before);
        }
    }

public:
    Words(const Listed &all, const Near &table, const Lexicon &lexicon) : listed(all), near(table), tables(lexicon) {
        seen.assign((size_t)listed.words(), 0);
    }

    // Makes room: nothing that `known` gave before may be used after it.
    void make_room() {
        if (cache.size() >= KEPT) cache.clear(), texts.clear();
    }

    Known &known(string_view word) {
        if (auto found = cache.find(word); found != cache.end()) return found->second;
        word = texts.emplace_back(word);
        Known &known = cache[word];
        known.key = word;
        known.begins = tables.begun(word);
        known.means = tables.means(word);
        known.particle = tables.told_role(word) == PARTICLE;
        known.number = listed.number(word);
        known.role = tables.role_of(word);
        known.unit = known.role == BODY || tables.is_unit(word);
        double weight = known.number >= 0 ? listed.word_weights[known.number] : listed.elsewhere ? listed.elsewhere(word) : -1;
        known.counted = weight >= 0;
        known.weight = known.counted ? weight : listed.absent[known.role * 5 + (ptrdiff_t)std::min(word.size(), (size_t)4)];
        known.meant = &known;
        if (!known.counted && known.role == NAME) {
            // What it looks like, where a list holds that; else the term it may be a slip of.
            for (auto &looks : tables.looks_like(word))
                if (known.meant == &known && this->known(looks).counted) known.meant = &this->known(looks);
            string_view meant = known.meant == &known ? tables.near_term(word, rolled) : string_view{};
            if (!meant.empty()) known.meant = &this->known(meant);
        }
        return known;
    }

    // With the words like it.
    Known &looked_up(Known &known) {
        if (known.looked_up) return known;
        known.looked_up = true;
        alike(known.number, known.key, tables.fold(known.key), known.likes);
        pieces(known.key, known);
        return known;
    }

    // Every word of the vocabulary that is several of these, in any order, written together.
    void written_together(const vector<string_view> &texts, vector<int> &out) {
        vector<std::pair<string_view, uint64_t>> parts;
        size_t letters = 0;
        for (string_view word : texts) {
            letters += word.size();
            std::pair<string_view, uint64_t> part{word, Rolled::of(word)};
            if (word.size() > 1 && std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
        }
        string built;
        rolled.reach(letters);
        for (auto &[part, hash] : parts) {
            if (!listed.may_begin(hash)) continue;
            built.assign(part);
            extend(built, hash, 1, parts, letters, out);
        }
        unique(out);
    }
};

}  // namespace ringfence
