// The compiled scan: the same names with the same log-odds as reference.py, whose comments hold here too.
//
// It works on the flat arrays of an index, which it borrows and never changes. All constants come from
// Python (weights.py, compare.py), so that a number stands in one place only. Floating-point steps are in
// the order of the reference and must not be fused (-ffp-contract=off), so that results are equal to the bit.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using std::string;
using std::string_view;
using std::vector;

enum Role { NAME, TRADE, PLACE, LEGAL, PARTICLE, TITLE, NUMBER, INITIAL, COMMON, BODY };

struct Constants {
    double base, first_content, first_cap, content, content_cap, rarest, rarest_cap, whole;
    double conflict, conflict_share, query_share, listed_share;
    double numbers, places, query_place, listed_place, query_number, listed_number, query_body, listed_body, listed_unit;
    double one_word, initial, person, person_content, letters, nothing, spaced, sound, short_sound, heaviest, initial_weight;
    double prefix_base, prefix_part, bones3, bones4, bones5, first_letters[4];
};
constexpr int CONSTANTS = sizeof(Constants) / sizeof(double);

constexpr int SHORTEST_JOINED = 5, LONGEST_JOINED = 80, MOST_JOINED = 8, MOST_STEPS = 500;
constexpr int LONGEST_WORD = 2048, FEWEST_BONES = 3;
constexpr int BONES = 4, KINDS = 5;  // of keyed names and words: bones are of words
constexpr size_t FEWEST_LETTERS = 3, MOST_LETTERS = 6;  // of a word made of first letters
constexpr size_t CACHED_WORDS = 100000;
constexpr uint8_t ALL_DIGITS = 1, VOWEL_POOR = 2;

uint32_t crc_table[256];

// A text's Adler-32 above its CRC-32, letter by letter: `hash_of` of arrays.py.
struct Hash {
    uint32_t crc = ~0u, a = 1, b = 0;

    void add(unsigned char c) {
        crc = crc_table[(crc ^ c) & 255] ^ (crc >> 8);
        a += c;
        if (a >= 65521) a -= 65521;
        b += a;
        if (b >= 65521) b -= 65521;
    }
    uint64_t value() const { return (uint64_t)(b << 16 | a) << 32 | (uint32_t)~crc; }
};

uint64_t hash_of(string_view s) {
    Hash hash;
    for (unsigned char c : s) hash.add(c);
    return hash.value();
}

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

bool all_digits(string_view s) {
    for (char c : s)
        if (c < '0' || c > '9') return false;
    return !s.empty();
}

bool all_letters(string_view s) {
    for (char c : s)
        if (c < 'a' || c > 'z') return false;
    return !s.empty();
}

bool vowel_poor(string_view s) {
    if (s.size() <= 2) return false;
    for (size_t i = 1; i + 1 < s.size(); i++)
        if (is_vowel(s[i])) return false;
    return true;
}

// The distance of optimal string alignment, bit-parallel (Hyyrö 2003) for patterns of at most 64 letters.
struct Pattern {
    string text;
    uint64_t bits[256];

    void set(string_view s) {
        for (unsigned char c : text) bits[c] = 0;
        text = s;
        if (s.size() <= 64)
            for (size_t i = 0; i < s.size(); i++) bits[(unsigned char)s[i]] |= 1ull << i;
    }
    Pattern() { memset(bits, 0, sizeof bits); }

    int distance(string_view other) const {
        int n = (int)text.size();
        if (n == 0) return (int)other.size();
        if (n > 64) return slow(other);
        uint64_t vp = ~0ull, vn = 0, d0 = 0, before = 0, last = 1ull << (n - 1);
        int dist = n;
        for (unsigned char c : other) {
            uint64_t pm = bits[c];
            uint64_t swap = ((~d0 & pm) << 1) & before;
            d0 = (((pm & vp) + vp) ^ vp) | pm | vn | swap;
            uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
            dist += (hp & last) != 0;
            dist -= (hn & last) != 0;
            hp = (hp << 1) | 1;
            hn <<= 1;
            vp = hn | ~(d0 | hp);
            vn = hp & d0;
            before = pm;
        }
        return dist;
    }

    int slow(string_view b) const {
        const string &a = text;
        size_t n = a.size(), m = b.size();
        vector<int> two(m + 1), one(m + 1), now(m + 1);
        for (size_t j = 0; j <= m; j++) one[j] = (int)j;
        for (size_t i = 1; i <= n; i++) {
            now[0] = (int)i;
            for (size_t j = 1; j <= m; j++) {
                int cost = a[i - 1] != b[j - 1];
                now[j] = std::min({one[j] + 1, now[j - 1] + 1, one[j - 1] + cost});
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    now[j] = std::min(now[j], two[j - 2] + 1);
            }
            std::swap(two, one);
            std::swap(one, now);
        }
        return one[m];
    }
};

// Which of a run of signatures differ from the wanted one in at most `most` bits, as bytes 0 or 1: a loop without
// branches, which compilers turn into vectors where the machine counts bits in them.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("arch=icelake-server", "popcnt", "default")))
#endif
void mark_near(const uint64_t *signatures, int count, uint64_t wanted, int most, uint8_t *near) {
    for (int n = 0; n < count; n++) near[n] = __builtin_popcountll(signatures[n] ^ wanted) <= most;
}

void near_signatures(const uint64_t *signatures, int start, int end, uint64_t wanted, int most, vector<int> &out) {
    constexpr int RUN = 512;
    uint8_t near[RUN];
    auto found = (long)out.size();
    for (int at = start; at < end; at += RUN) {
        int count = std::min(RUN, end - at);
        out.resize((size_t)(found + count + 1));
        mark_near(signatures + at, count, wanted, most, near);
        for (int n = 0; n < count; n += 8) {
            uint64_t eight = 0;
            memcpy(&eight, near + n, (size_t)std::min(8, count - n));
            if (!eight) continue;
            for (int i = n; i < std::min(n + 8, count); i++) {
                out[(size_t)found] = at + i;
                found += near[i];
            }
        }
    }
    out.resize((size_t)found);
}

// The letters of a word as bits. A word can be part of another only if its letters are.
uint64_t letters_of(string_view s) {
    uint64_t bits = 0;
    for (unsigned char c : s) bits |= 1ull << (c & 63);
    return bits;
}

template <class T> struct View {
    const T *at = nullptr;
    Py_ssize_t size = 0;
    const T &operator[](Py_ssize_t n) const { return at[n]; }
};

struct Sum { double gain, peak; uint64_t cover; };  // what a name earns at most, while candidates are sought
struct Like { int word; double degree; };
struct Known { vector<Like> likes; vector<int> pieces; };  // of a word: what is like it, and what it may be written of
struct Item { string key; double weight; int role; bool unit; };  // unit: names a body, or one within another
struct Pair { vector<int> query, listed; double degree; char kind; };  // kind: w(ord), i(nitial), a(cronym), f(irst letters), c(ut)

struct Scan {
    PyObject_HEAD
    vector<Py_buffer> *buffers;
    Constants k;
    View<char> keys, folds;
    View<uint64_t> signatures;
    View<double> word_weights, name_weight, name_odd, degrees;
    View<uint8_t> roles, units, name_initials, entry_person, halves;
    View<int32_t> posting_start, postings, name_entry, name_start, name_words, fold_order, key_order;
    View<uint64_t> hash[KINDS];
    View<int32_t> hash_at[KINDS];
    char blurred[256];
    int degree_width;
    // What is made once from the above, and scratch that is left as it was found.
    vector<string_view> *key, *fold;
    string *blurs;  // of `folds`, at the same places
    vector<int> *starts, *table;
    std::unordered_map<string, Known> *cache;
    vector<uint64_t> *letters;  // of each word
    vector<uint8_t> *kinds;     // of each word: ALL_DIGITS, VOWEL_POOR
    vector<Sum> *sums;
    vector<int> *head;
    Pattern *pattern, *blur_pattern;

    int words() const { return (int)key->size(); }

    int number(string_view s) const { return number(s, hash_of(s)); }

    int number(string_view s, uint64_t hash) const {
        size_t mask = table->size() - 1;
        for (size_t h = hash & mask;; h = (h + 1) & mask) {
            int n = (*table)[h];
            if (n < 0) return -1;
            if ((*key)[n] == s) return n;
        }
    }

    string blur(string_view s) const {
        string out(s);
        for (char &c : out) c = blurred[(unsigned char)c];
        return out;
    }

    string skeleton(string_view s) const {
        string all = blur(s), out = all.substr(0, 1);
        for (size_t i = 1; i < all.size(); i++)
            if (!is_vowel(all[i])) out += all[i];
        return out;
    }

    int most_halves(size_t length) const {
        return halves[(Py_ssize_t)std::min(length, (size_t)halves.size - 1)];
    }

    // `fa` is not all digits, `poor` says whether it is vowel_poor; `pattern` and `blur_pattern` are set to it.
    double degree(string_view fa, bool poor, int n) const {
        string_view fb = (*fold)[n];
        string_view fb_blur(blurs->data() + (fb.data() - folds.at), fb.size());
        if ((*kinds)[n] & ALL_DIGITS) return 0;
        if (fa.size() == fb.size() && fa == fb) return fa.size() > 2 ? k.sound : k.short_sound;
        size_t length = std::max(fa.size(), fb.size());
        int most = most_halves(length);
        bool bony = poor || (*kinds)[n] & VOWEL_POOR;
        int blur_edits = blur_pattern->distance(fb_blur);
        // Most words that were looked at end here: too many edits, other consonants, no beginning in common.
        if (2 * blur_edits > most && !bony && fa[0] != fb[0]) return 0;
        double spelled = 0;
        if (2 * blur_edits <= most) {
            int count = blur_edits + pattern->distance(fb);
            if (count <= most) spelled = degrees[(Py_ssize_t)length * degree_width + count];
        }
        if (bony) {
            string bones = skeleton(fa);
            if (bones.size() >= FEWEST_BONES && bones == skeleton(fb)) {
                double d = bones.size() == 3 ? k.bones3 : bones.size() == 4 ? k.bones4 : k.bones5;
                if (d > spelled) return d;
            }
        }
        if (spelled > 0) return spelled;
        string_view s = fa.size() <= fb.size() ? fa : fb, l = fa.size() <= fb.size() ? fb : fa;
        if (s.size() >= 4 && l.substr(0, s.size()) == s)
            return k.prefix_base + k.prefix_part * (double)s.size() / (double)l.size();
        return 0;
    }

    const Known &known(const string &word, string_view fa) {
        auto found = cache->find(word);
        if (found != cache->end()) return found->second;
        Known &made = (*cache)[word];
        pieces(word, made.pieces);
        vector<Like> &out = made.likes;
        int same = number(word);
        if (!all_digits(fa)) {
            pattern->set(fa);
            string fblur = blur(fa);
            blur_pattern->set(fblur);
            vector<int> near;
            int length = (int)fa.size();
            uint64_t wanted = signature(fblur);
            for (int other = std::max(1, length - 3); other < std::min(length + 4, LONGEST_WORD); other++) {
                int allowed = most_halves(std::max(length, other)) / 2;
                if (std::abs(length - other) <= allowed)
                    near_signatures(signatures.at, (*starts)[other], (*starts)[other + 1], wanted,
                                    2 * allowed - std::abs(length - other), near);
            }
            // Signatures were looked through in order; only what is added has to be sorted.
            auto sorted = (long)near.size();
            add_bones(fa, near);
            add_prefixes(fa, near);
            std::sort(near.begin() + sorted, near.end());
            std::inplace_merge(near.begin(), near.begin() + sorted, near.end());
            near.erase(std::unique(near.begin(), near.end()), near.end());
            bool poor = vowel_poor(fa);
            for (int n : near)
                if (n != same)
                    if (double d = degree(fa, poor, n)) out.push_back({n, d});
        }
        if (same >= 0) out.push_back({same, 1.0});
        return made;
    }

    static uint64_t signature(string_view s) {
        uint64_t bits = 0;
        for (unsigned char c : s) {
            if (c >= 'a' && c <= 'z') {
                int n = c - 'a';
                bits |= bits >> n & 1 ? 1ull << (n + 26) : 1ull << n;
            } else
                bits |= 1ull << (52 + c % 10);
        }
        return bits;
    }

    void add_bones(string_view fa, vector<int> &near) const {
        string bones = skeleton(fa);
        if (bones.size() < FEWEST_BONES) return;
        bool poor = vowel_poor(fa);
        uint64_t h = hash_of(bones);
        const uint64_t *at = std::lower_bound(hash[BONES].at, hash[BONES].at + hash[BONES].size, h);
        for (; at < hash[BONES].at + hash[BONES].size && *at == h; at++) {
            int n = hash_at[BONES][at - hash[BONES].at];
            if (poor || (*kinds)[n] & VOWEL_POOR) near.push_back(n);
        }
    }

    int first_fold(string_view s) const {
        const int32_t *b = fold_order.at, *e = b + fold_order.size;
        return (int)(std::lower_bound(b, e, s, [&](int32_t n, string_view v) { return (*fold)[n] < v; }) - b);
    }

    void add_prefixes(string_view fa, vector<int> &near) const {
        int size = (int)fold_order.size;
        if (fa.size() >= 4)
            for (int at = first_fold(fa); at < size; at++) {
                string_view f = (*fold)[fold_order[at]];
                if (f.substr(0, fa.size()) != fa) break;
                near.push_back(fold_order[at]);
            }
        for (size_t length = 4; length < fa.size(); length++) {
            string_view part = fa.substr(0, length);
            for (int at = first_fold(part); at < size && (*fold)[fold_order[at]] == part; at++)
                near.push_back(fold_order[at]);
        }
    }

    // Every vocabulary word that is part of some way to write `word` as several words of the vocabulary.
    void pieces(const string &word, vector<int> &out) const {
        int length = (int)word.size();
        if (length < SHORTEST_JOINED || length > LONGEST_JOINED) return;
        struct Span { int a, b, n; };
        vector<Span> spans;
        for (int a = 0; a < length; a++) {
            Hash hash;
            hash.add((unsigned char)word[a]);
            for (int b = a + 2; b <= length; b++) {
                hash.add((unsigned char)word[b - 1]);
                if (b - a == length) break;
                int n = number(string_view(word).substr(a, b - a), hash.value());
                if (n >= 0) spans.push_back({a, b, n});
            }
        }
        vector<char> ahead(length + 1), back(length + 1);
        ahead[0] = back[length] = 1;
        for (auto &s : spans)
            if (ahead[s.a]) ahead[s.b] = 1;
        if (!ahead[length]) return;
        for (auto s = spans.rbegin(); s != spans.rend(); ++s)
            if (back[s->b]) back[s->a] = 1;
        for (auto &s : spans)
            if (ahead[s.a] && back[s.b]) out.push_back(s.n);
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }

    bool begins(const string &s) const {
        const int32_t *b = key_order.at, *e = b + key_order.size;
        const int32_t *at =
            std::lower_bound(b, e, string_view(s), [&](int32_t n, string_view v) { return (*key)[n] < v; });
        return at < e && (*key)[*at].substr(0, s.size()) == s;
    }

    void extend(const string &built, int used, const vector<string> &parts, size_t letters, vector<int> &out) const {
        if (used > 1 && built.size() >= SHORTEST_JOINED) {
            int n = number(built);
            if (n >= 0) out.push_back(n);
        }
        if (used == MOST_JOINED) return;
        for (auto &part : parts) {
            string longer = built + part;
            if (longer.size() <= letters && begins(longer)) extend(longer, used + 1, parts, letters, out);
        }
    }

    void written_together(const vector<Item> &query, vector<int> &out) const {
        vector<string> parts;
        size_t letters = 0;
        for (auto &item : query) {
            letters += item.key.size();
            if (item.key.size() > 1 && std::find(parts.begin(), parts.end(), item.key) == parts.end())
                parts.push_back(item.key);
        }
        for (auto &part : parts)
            if (begins(part)) extend(part, 1, parts, letters, out);
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }

    // Below, `covers` are the query words, as bits, that are not charged to a name as left over.

    double person_odds(double earned) const { return k.person + k.person_content * std::min(earned, k.content_cap); }

    double most_odds(double earned, double share, double rarest) const {
        return k.base + k.whole * share * share + k.first_content * std::min(earned, k.first_cap) +
               k.content * std::min(earned, k.content_cap) + k.rarest * std::min(rarest, k.rarest_cap);
    }

    // The names whose upper bound reaches `least` (see Scan._candidates of the reference for its proof). Here
    // two things more: the rarest word earns no more than one pair can; and words by which alone no name can
    // reach it are not walked, but what they could add is added to every name that other words lead to.
    void candidates(const vector<Item> &query, const vector<const Known *> &found, double least, bool person,
                    double begins, bool cut, vector<int> &out) {
        struct Group { vector<Like> words; double potential; uint64_t covers; long postings; bool piece; };
        vector<Group> groups;
        double asked = 0;
        int asks_initials = 0;
        for (auto &item : query) {
            asked += item.weight;
            asks_initials += item.role == INITIAL;
        }
        auto add = [&](vector<Like> words, double potential, uint64_t covers, bool piece = false) {
            long length = 0;
            for (auto &like : words) length += posting_start[like.word + 1] - posting_start[like.word];
            if (length) groups.push_back({std::move(words), potential, covers, length, piece});
        };
        auto rest_of = [&](uint64_t covered) {
            double rest = 0;
            for (size_t i = 0; i < query.size(); i++)
                if (!(covered >> i & 1) && query[i].role != INITIAL && !(cut && i + 1 == query.size()))
                    rest += query[i].weight;
            return rest;
        };
        for (size_t i = 0; i < query.size(); i++) {
            vector<Like> words;
            double most = 0;
            for (auto &like : found[i]->likes) {
                words.push_back({like.word, word_weights[like.word] * like.degree});
                most = std::max(most, words.back().degree);
            }
            add(std::move(words), most, 1ull << i);
            for (int n : found[i]->pieces)
                add({{n, word_weights[n] * k.spaced}}, word_weights[n] * k.spaced, 1ull << i, true);
            // A listed initial may stand for this word.
            int n = query[i].role == INITIAL ? -1 : number(string_view(query[i].key).substr(0, 1));
            if (n >= 0) add({{n, 0.0}}, 0.0, 1ull << i);
        }
        vector<int> together;
        written_together(query, together);
        for (int n : together) {
            uint64_t covers = 0;
            for (size_t i = 0; i < query.size(); i++)
                if ((*key)[n].find(query[i].key) != string_view::npos) covers |= 1ull << i;
            add({{n, word_weights[n] * k.spaced}}, word_weights[n] * k.spaced, covers);
        }
        // The longest postings are the first that one would rather not walk.
        std::stable_sort(groups.begin(), groups.end(),
                         [](const Group &a, const Group &b) { return a.postings > b.postings; });
        double spare = k.initial * ((double)query.size() + asks_initials) + 1e-6;
        // What a name can earn by one pair: by a single word, or by all the pieces of one together.
        auto peak_with = [](double peak, double gain, bool piece) { return piece ? peak + gain : std::max(peak, gain); };
        double less = 0, less_peak = 0;
        uint64_t less_covers = 0;
        vector<const Group *> walked;
        for (auto &group : groups) {
            double earned = less + group.potential, rest = rest_of(less_covers | group.covers);
            double top = peak_with(less_peak, group.potential, group.piece);
            double most = most_odds(earned, earned > 0 ? earned / (earned + rest) : 0, top) + spare;
            if (rest == 0) most += begins;
            double personal = person_odds(earned);
            most += person ? personal : std::max(0.0, personal);
            if (most < least) {
                less = earned;
                less_peak = top;
                less_covers |= group.covers;
            } else
                walked.push_back(&group);
        }
        vector<int> touched;
        for (auto *group : walked)
            for (auto &like : group->words)
                for (int at = posting_start[like.word]; at < posting_start[like.word + 1]; at++) {
                    int name = postings[at];
                    Sum &sum = (*sums)[name];
                    if (sum.gain < 0) {
                        touched.push_back(name);
                        sum = {less, less_peak, less_covers};
                    }
                    sum.gain += like.degree;
                    sum.peak = peak_with(sum.peak, like.degree, group->piece);
                    sum.cover |= group->covers;
                }
        for (int name : touched) {
            Sum sum = (*sums)[name];
            (*sums)[name].gain = -1;
            double earned = sum.gain, whole = name_weight[name];
            // Most names fail even with nothing left over on either side.
            double personal = person || entry_person[name_entry[name]] ? person_odds(earned) : 0;
            if (begins + most_odds(earned, 1, sum.peak) + k.initial * (name_initials[name] + asks_initials) + personal < least - 1e-6)
                continue;
            double rest = rest_of(sum.cover);
            double spared = k.heaviest * (asks_initials + cut) + k.initial_weight * name_initials[name];
            double listed = std::max(whole - earned - spared, 0.0);
            double total = earned + rest + listed;
            double most = most_odds(earned, total > 0 ? earned / total : 0, sum.peak) + personal;
            most += k.initial * (name_initials[name] + asks_initials) + k.query_share * rest / (asked + whole);
            if (rest == 0) most += begins;
            if (most >= least - 1e-6) out.push_back(name);
        }
    }

    bool write(string_view target, const vector<std::pair<int, string_view>> &parts, int &steps, int depth,
               vector<int> &run) const {
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
                vector<std::pair<int, string_view>> rest = parts;
                rest.erase(rest.begin() + (long)at);
                size_t mark = run.size();
                run.push_back(parts[at].first);
                if (write(target.substr(part.size()), rest, steps, depth + 1, run)) return true;
                run.resize(mark);
            }
        }
        return false;
    }

    using Runs = vector<std::pair<vector<int>, int>>;

    struct Key { string_view text; uint64_t letters; };

    void joins(const vector<Key> &many, const vector<Key> &ones, const vector<char> &exact_many,
               const vector<char> &exact_ones, Runs &found) const {
        vector<int> free;
        for (size_t j = 0; j < many.size(); j++)
            if (!exact_many[j]) free.push_back((int)j);
        if (free.size() < 2) return;
        for (size_t one = 0; one < ones.size(); one++) {
            string_view word = ones[one].text;
            if (exact_ones[one] || word.size() < SHORTEST_JOINED || word.size() > LONGEST_JOINED) continue;
            vector<std::pair<int, string_view>> parts;
            for (int j : free)
                if (many[j].text.size() > 1 && !(many[j].letters & ~ones[one].letters) &&
                    word.find(many[j].text) != string_view::npos)
                    parts.push_back({j, many[j].text});
            if (parts.size() < 2) continue;
            int steps = MOST_STEPS;
            vector<int> run;
            if (!write(word, parts, steps, 0, run)) continue;
            for (int j : run) free.erase(std::find(free.begin(), free.end(), j));
            found.push_back({run, (int)one});
        }
    }

    struct Word { string_view key; int role; };

    // The free word of `ones` that is made of the first letters of the free words with which `many` begins.
    static bool shortened(const vector<Word> &ones, vector<char> &free_ones, const vector<Word> &many,
                          vector<char> &free_many, int &one, vector<int> &run) {
        vector<int> begin;
        string letters;
        for (size_t n = 0; n < many.size(); n++) {
            if (many[n].role == PARTICLE) continue;
            if (many[n].role == NUMBER || many[n].role == INITIAL || begin.size() == MOST_LETTERS) break;
            begin.push_back((int)n);
            letters += many[n].key[0];
        }
        for (size_t n = 0; n < ones.size(); n++) {
            string_view word = ones[n].key;
            if (!free_ones[n] || ones[n].role != NAME || word.size() < FEWEST_LETTERS || word.size() > letters.size()) continue;
            if (string_view(letters).substr(0, word.size()) != word || !all_letters(word)) continue;
            bool free = true;
            for (size_t m = 0; m < word.size(); m++) free = free && free_many[begin[m]];
            if (!free) continue;
            run.assign(begin.begin(), begin.begin() + (long)word.size());
            free_ones[n] = 0;
            for (int m : run) free_many[m] = 0;
            one = (int)n;
            return true;
        }
        return false;
    }

    struct Link { int query; double degree; int next; };

    void align(const vector<Item> &query, const vector<Key> &query_keys, const vector<Link> &links,
               const int32_t *listed, int size, bool person, bool cut, vector<Pair> &pairs) const {
        struct Met { double order; int i, j; double degree; };
        vector<Met> met;
        vector<char> exact_query(query.size()), exact_listed(size);
        vector<char> free_query(query.size(), 1), free_listed(size, 1);
        for (int j = 0; j < size; j++)
            for (int at = (*head)[listed[j]]; at >= 0; at = links[at].next) {
                const Link &link = links[at];
                met.push_back({-link.degree * word_weights[listed[j]], link.query, j, link.degree});
                if (link.degree == 1.0) exact_query[link.query] = exact_listed[j] = 1;
            }
        vector<Key> listed_keys(size);
        for (int j = 0; j < size; j++) listed_keys[j] = {(*key)[listed[j]], (*letters)[listed[j]]};
        Runs runs;
        joins(listed_keys, query_keys, exact_listed, exact_query, runs);
        for (auto &[run, one] : runs) {
            pairs.push_back({{one}, run, k.spaced, 'w'});
            free_query[one] = 0;
            for (int j : run) free_listed[j] = 0;
        }
        runs.clear();
        joins(query_keys, listed_keys, exact_query, exact_listed, runs);
        for (auto &[run, one] : runs) {
            bool free = free_listed[one];
            for (int i : run) free = free && free_query[i];
            if (!free) continue;
            pairs.push_back({run, {one}, k.spaced, 'w'});
            free_listed[one] = 0;
            for (int i : run) free_query[i] = 0;
        }
        std::sort(met.begin(), met.end(), [](const Met &a, const Met &b) {
            return a.order != b.order ? a.order < b.order : a.i != b.i ? a.i < b.i : a.j < b.j;
        });
        for (auto &m : met)
            if (free_query[m.i] && free_listed[m.j]) {
                free_query[m.i] = free_listed[m.j] = 0;
                pairs.push_back({{m.i}, {m.j}, m.degree, 'w'});
            }
        if (pairs.empty()) return;
        for (size_t i = 0; i < query.size(); i++) {
            if (!free_query[i]) continue;
            for (int j = 0; j < size; j++) {
                bool theirs = roles[listed[j]] == INITIAL, ours = query[i].role == INITIAL;
                if (free_listed[j] && theirs != ours && query[i].key[0] == listed_keys[j].text[0]) {
                    free_query[i] = free_listed[j] = 0;
                    pairs.push_back({{(int)i}, {j}, 1.0, 'i'});
                    break;
                }
            }
        }
        if (!person) {
            vector<Word> ours, theirs;
            for (auto &item : query) ours.push_back({item.key, item.role});
            for (int j = 0; j < size; j++) theirs.push_back({listed_keys[j].text, roles[listed[j]]});
            int one;
            vector<int> run;
            if (shortened(ours, free_query, theirs, free_listed, one, run))
                pairs.push_back({{one}, run, k.first_letters[run.size() - FEWEST_LETTERS], 'f'});
            if (shortened(theirs, free_listed, ours, free_query, one, run))
                pairs.push_back({run, {one}, k.first_letters[run.size() - FEWEST_LETTERS], 'f'});
        }
        if (!cut || !free_query.back()) return;
        for (int j = 0; j < size; j++) {
            if (!free_listed[j]) continue;
            const string &last = query.back().key;
            if (listed_keys[j].text.substr(0, last.size()) == last)
                pairs.push_back({{(int)query.size() - 1}, {j}, 1.0, 'c'});
            return;
        }
    }

    double name_odds(const vector<Item> &query, const int32_t *listed, int size, const vector<Pair> &pairs, bool person,
                     double part, bool letters, double begins) const {
        double beside = 0;
        if (person) beside += k.person;
        if (part != 0) beside += part;
        if (letters) beside += k.letters;
        if (!pairs.empty() && pairs[0].kind == 'a') return pairs[0].degree + beside;
        vector<char> met_query(query.size()), met_listed(size);
        vector<double> gains;
        double lost = 0, rarest = 0, earned = 0;
        int rarest_at = -1, telling = 0;
        for (size_t n = 0; n < pairs.size(); n++) {
            const Pair &pair = pairs[n];
            for (int i : pair.query) met_query[i] = 1;
            for (int j : pair.listed) met_listed[j] = 1;
            if (pair.kind == 'i' || pair.kind == 'c') {
                gains.push_back(0);
                continue;
            }
            double weight = 0;
            for (int j : pair.listed) weight += word_weights[listed[j]];
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
            int role = roles[listed[pair.listed[0]]];
            if (pair.listed.size() > 1 || role == NAME || role == COMMON || role == NUMBER || role == PLACE || role == TRADE ||
                role == BODY)
                telling++;
        }
        for (double gain : gains) earned += gain;
        double query_rest = 0, listed_rest = 0;
        int query_places = 0, listed_places = 0, query_numbers = 0, listed_numbers = 0;
        bool query_unit = false, listed_unit = false, query_left = false;
        int listed_rest_at = -1, met_count = 0;
        for (size_t i = 0; i < query.size(); i++)
            if (!met_query[i]) {
                query_left = true;
                query_rest += query[i].weight;
                query_places += query[i].role == PLACE;
                query_numbers += query[i].role == NUMBER;
                query_unit |= query[i].unit;
            }
        for (int j = 0; j < size; j++)
            if (met_listed[j])
                met_count++;
            else {
                if (listed_rest_at < 0) listed_rest_at = j;
                listed_rest += word_weights[listed[j]];
                listed_places += roles[listed[j]] == PLACE;
                listed_numbers += roles[listed[j]] == NUMBER;
                listed_unit |= units[listed[j]] != 0;
            }
        double whole = earned + lost + query_rest + listed_rest;
        if (earned <= 0) return k.nothing;
        double share = earned / whole;
        double content = k.first_content * std::min(earned, k.first_cap) + k.content * std::min(earned, k.content_cap);
        if (person) content += k.person_content * std::min(earned, k.content_cap);
        double for_each = (content + k.whole * (share * share)) / earned;
        double spoken = 0, left = 0;
        for (size_t n = 0; n < pairs.size(); n++) {
            double odds = pairs[n].kind == 'c' ? 0.0 : pairs[n].kind == 'i' ? k.initial : for_each * gains[n];
            if ((int)n == rarest_at) odds += k.rarest * std::min(rarest, k.rarest_cap);
            if (pairs[n].kind != 'i' && pairs[n].kind != 'c' && query[pairs[n].query[0]].role == INITIAL) odds += k.initial;
            spoken += odds;
        }
        double conflict = std::min(query_rest, listed_rest);
        double against = k.conflict * conflict;
        against += (k.conflict_share * conflict + k.query_share * (query_rest - conflict) +
                    k.listed_share * (listed_rest - conflict)) / whole;
        double rest = query_rest + listed_rest;
        double each = rest > 0 ? against / rest : 0;
        for (size_t i = 0; i < query.size(); i++)
            if (!met_query[i]) {
                int role = query[i].role;
                left += each * query[i].weight + (role == PLACE ? k.query_place : role == NUMBER ? k.query_number : role == BODY ? k.query_body : 0.0);
            }
        for (int j = 0; j < size; j++)
            if (!met_listed[j]) {
                int role = roles[listed[j]];
                left += each * word_weights[listed[j]] +
                        (role == PLACE ? k.listed_place : role == NUMBER ? k.listed_number : role == BODY ? k.listed_body : 0.0);
            }
        if (telling == 1) beside += k.one_word;
        if (int both = std::min(query_places, listed_places)) beside += k.places * both;
        if (int both = std::min(query_numbers, listed_numbers)) beside += k.numbers * both;
        if (listed_unit && !query_unit)
            beside += k.listed_unit;
        else if (!query_left && met_count == (listed_rest_at >= 0 ? listed_rest_at : size))
            beside += begins;
        return spoken + left + beside;
    }

    static void all_of(size_t query, int listed, double degree, char kind, vector<Pair> &pairs) {
        Pair pair{{}, {}, degree, kind};
        for (size_t i = 0; i < query; i++) pair.query.push_back((int)i);
        for (int j = 0; j < listed; j++) pair.listed.push_back(j);
        pairs.push_back(std::move(pair));
    }

    void scan(const vector<Item> &query, const vector<string> &query_folds, double least, bool person, double part, double begins, bool cut,
              const vector<int> &spaced, const vector<std::pair<int, double>> &acronyms, const vector<int> &shortened,
              vector<std::pair<int, double>> &out) {
        // Room for all words first: none may be pushed out of the cache while it is looked at.
        if (cache->size() + query.size() >= CACHED_WORDS) cache->clear();
        vector<const Known *> held;
        for (size_t i = 0; i < query.size(); i++) held.push_back(&known(query[i].key, query_folds[i]));
        vector<int> names;
        candidates(query, held, least, person, begins, cut, names);
        names.insert(names.end(), spaced.begin(), spaced.end());
        names.insert(names.end(), shortened.begin(), shortened.end());
        for (auto &pair : acronyms) names.push_back(pair.first);
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        if (names.empty()) return;
        vector<Key> query_keys;
        for (auto &item : query) query_keys.push_back({item.key, letters_of(item.key)});
        vector<Link> links;
        for (size_t i = 0; i < query.size(); i++)
            for (auto &like : held[i]->likes) {
                links.push_back({(int)i, like.degree, (*head)[like.word]});
                (*head)[like.word] = (int)links.size() - 1;
            }
        vector<Pair> pairs;
        for (int name : names) {
            const int32_t *listed = name_words.at + name_start[name];
            int size = name_start[name + 1] - name_start[name];
            bool letters = std::find(spaced.begin(), spaced.end(), name) != spaced.end();
            bool one = person || entry_person[name_entry[name]];
            pairs.clear();
            double odds;
            if (letters && size != (int)query.size()) {
                all_of(query.size(), size, k.spaced, 'w', pairs);
                odds = name_odds(query, listed, size, pairs, one, part, letters, begins);
            } else {
                align(query, query_keys, links, listed, size, one, cut, pairs);
                odds = name_odds(query, listed, size, pairs, one, part, letters, begins);
                for (auto &acronym : acronyms)
                    if (acronym.first == name) {
                        pairs.clear();
                        all_of(query.size(), size, acronym.second, 'a', pairs);
                        odds = std::max(odds, name_odds(query, listed, size, pairs, one, part, letters, begins));
                        break;
                    }
            }
            odds = k.base + odds + name_odd[name];
            if (odds >= least) out.push_back({name, odds});
        }
        for (auto *found : held)
            for (auto &like : found->likes) (*head)[like.word] = -1;
    }
};

// ---- what Python sees

template <class T> bool borrow(Scan *self, PyObject *arrays, const char *name, View<T> &view) {
    PyObject *array = PyDict_GetItemString(arrays, name);
    if (!array) {
        PyErr_SetString(PyExc_KeyError, name);
        return false;
    }
    Py_buffer buffer;
    if (PyObject_GetBuffer(array, &buffer, PyBUF_C_CONTIGUOUS) < 0) return false;
    if (buffer.len % (Py_ssize_t)sizeof(T) || (buffer.len && buffer.itemsize != sizeof(T))) {
        PyBuffer_Release(&buffer);
        PyErr_Format(PyExc_ValueError, "array %s has items of another size", name);
        return false;
    }
    self->buffers->push_back(buffer);
    view.at = static_cast<const T *>(buffer.buf);
    view.size = buffer.len / (Py_ssize_t)sizeof(T);
    return true;
}

void split_lines(const View<char> &blob, vector<string_view> &out) {
    if (!blob.size) return;
    string_view all(blob.at, (size_t)blob.size);
    for (size_t at = 0;;) {
        size_t end = all.find('\n', at);
        out.push_back(all.substr(at, end == string_view::npos ? end : end - at));
        if (end == string_view::npos) return;
        at = end + 1;
    }
}

PyObject *scan_new(PyTypeObject *type, PyObject *args, PyObject *) {
    PyObject *arrays;
    const char *blurred;
    Py_ssize_t blurred_size;
    int width;
    if (!PyArg_ParseTuple(args, "O!y#i", &PyDict_Type, &arrays, &blurred, &blurred_size, &width)) return nullptr;
    Scan *self = reinterpret_cast<Scan *>(type->tp_alloc(type, 0));
    if (!self) return nullptr;
    self->buffers = new vector<Py_buffer>;
    self->key = new vector<string_view>;
    self->fold = new vector<string_view>;
    self->blurs = new string;
    self->starts = new vector<int>;
    self->table = new vector<int>;
    self->cache = new std::unordered_map<string, Known>;
    self->letters = new vector<uint64_t>;
    self->kinds = new vector<uint8_t>;
    self->sums = new vector<Sum>;
    self->head = new vector<int>;
    self->pattern = new Pattern;
    self->blur_pattern = new Pattern;
    View<double> constants;
    const char *kinds[KINDS] = {"letters", "acronyms", "soles", "starts", "bones"};
    bool ok = blurred_size == 256 && borrow(self, arrays, "constants", constants) && constants.size == CONSTANTS &&
              borrow(self, arrays, "keys", self->keys) && borrow(self, arrays, "folds", self->folds) &&
              borrow(self, arrays, "signatures", self->signatures) && borrow(self, arrays, "degrees", self->degrees) &&
              borrow(self, arrays, "halves", self->halves) && borrow(self, arrays, "roles", self->roles) && borrow(self, arrays, "units", self->units) &&
              borrow(self, arrays, "word_weights", self->word_weights) &&
              borrow(self, arrays, "name_weight", self->name_weight) &&
              borrow(self, arrays, "name_odds", self->name_odd) &&
              borrow(self, arrays, "name_initials", self->name_initials) &&
              borrow(self, arrays, "entry_person", self->entry_person) &&
              borrow(self, arrays, "posting_start", self->posting_start) &&
              borrow(self, arrays, "postings", self->postings) && borrow(self, arrays, "name_entry", self->name_entry) &&
              borrow(self, arrays, "name_start", self->name_start) &&
              borrow(self, arrays, "name_words", self->name_words) &&
              borrow(self, arrays, "fold_order", self->fold_order) && borrow(self, arrays, "key_order", self->key_order);
    for (int n = 0; ok && n < KINDS; n++)
        ok = borrow(self, arrays, (string(kinds[n]) + "_hash").c_str(), self->hash[n]) &&
             borrow(self, arrays, (string(kinds[n]) + "_at").c_str(), self->hash_at[n]);
    if (!ok) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the arrays are not those of this kernel");
        Py_DECREF(self);
        return nullptr;
    }
    memcpy(&self->k, constants.at, sizeof(Constants));
    memcpy(self->blurred, blurred, 256);
    self->degree_width = width;
    split_lines(self->keys, *self->key);
    split_lines(self->folds, *self->fold);
    if (self->folds.size) *self->blurs = self->blur(string_view(self->folds.at, (size_t)self->folds.size));
    int words = self->words();
    size_t room = 16;
    while (room < 2 * (size_t)words + 2) room *= 2;
    self->table->assign(room, -1);
    for (int n = 0; n < words; n++) {
        size_t h = hash_of((*self->key)[n]) & (room - 1);
        while ((*self->table)[h] >= 0) h = (h + 1) & (room - 1);
        (*self->table)[h] = n;
    }
    self->starts->assign(LONGEST_WORD + 2, words);
    for (int n = words - 1; n >= 0; n--) {
        size_t length = std::min((*self->fold)[n].size(), (size_t)LONGEST_WORD + 1);
        (*self->starts)[length] = n;
    }
    for (int length = LONGEST_WORD; length >= 0; length--)
        (*self->starts)[length] = std::min((*self->starts)[length], (*self->starts)[length + 1]);
    for (int n = 0; n < words; n++) {
        string_view folded = (*self->fold)[n];
        self->letters->push_back(letters_of((*self->key)[n]));
        self->kinds->push_back((uint8_t)((all_digits(folded) ? ALL_DIGITS : 0) | (vowel_poor(folded) ? VOWEL_POOR : 0)));
    }
    self->sums->assign((size_t)self->name_entry.size, {-1, 0, 0});
    self->head->assign((size_t)words, -1);
    return reinterpret_cast<PyObject *>(self);
}

void scan_dealloc(PyObject *object) {
    Scan *self = reinterpret_cast<Scan *>(object);
    for (auto &buffer : *self->buffers) PyBuffer_Release(&buffer);
    delete self->buffers;
    delete self->key;
    delete self->fold;
    delete self->blurs;
    delete self->starts;
    delete self->table;
    delete self->cache;
    delete self->letters;
    delete self->kinds;
    delete self->sums;
    delete self->head;
    delete self->pattern;
    delete self->blur_pattern;
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

bool text_of(PyObject *object, string &out) {
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text) out.assign(text, (size_t)size);
    return text != nullptr;
}

// scan(words, least, person, part, begins, cut, spaced, acronyms, shortened): words are (key, folded key, weight, role, whether a unit).
PyObject *scan_scan(PyObject *object, PyObject *args) {
    Scan *self = reinterpret_cast<Scan *>(object);
    PyObject *words, *spaced, *acronyms, *shortened;
    double least, part, begins;
    int person, cut;
    if (!PyArg_ParseTuple(args, "O!dpddpO!O!O!", &PyList_Type, &words, &least, &person, &part, &begins, &cut, &PyList_Type, &spaced,
                          &PyDict_Type, &acronyms, &PyList_Type, &shortened))
        return nullptr;
    vector<Item> query;
    vector<string> folds;
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(words); n++) {
        PyObject *word = PyList_GET_ITEM(words, n);
        if (!PyTuple_Check(word) || PyTuple_GET_SIZE(word) != 5) {
            PyErr_SetString(PyExc_TypeError, "a word is a key, its folded form, a weight, a role and whether it is a unit");
            return nullptr;
        }
        Item item;
        string folded;
        if (!text_of(PyTuple_GET_ITEM(word, 0), item.key) || !text_of(PyTuple_GET_ITEM(word, 1), folded)) return nullptr;
        item.weight = PyFloat_AsDouble(PyTuple_GET_ITEM(word, 2));
        item.role = (int)PyLong_AsLong(PyTuple_GET_ITEM(word, 3));
        item.unit = PyObject_IsTrue(PyTuple_GET_ITEM(word, 4)) == 1;
        if (PyErr_Occurred()) return nullptr;
        query.push_back(std::move(item));
        folds.push_back(std::move(folded));
    }
    vector<int> same;
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(spaced); n++)
        same.push_back((int)PyLong_AsLong(PyList_GET_ITEM(spaced, n)));
    vector<int> shorter;
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(shortened); n++)
        shorter.push_back((int)PyLong_AsLong(PyList_GET_ITEM(shortened, n)));
    vector<std::pair<int, double>> made;
    PyObject *name, *odds;
    for (Py_ssize_t at = 0; PyDict_Next(acronyms, &at, &name, &odds);)
        made.push_back({(int)PyLong_AsLong(name), PyFloat_AsDouble(odds)});
    if (PyErr_Occurred()) return nullptr;
    vector<std::pair<int, double>> found;
    self->scan(query, folds, least, person, part, begins, cut, same, made, shorter, found);
    PyObject *out = PyList_New((Py_ssize_t)found.size());
    if (!out) return nullptr;
    for (size_t n = 0; n < found.size(); n++) {
        PyObject *pair = Py_BuildValue("(id)", found[n].first, found[n].second);
        if (!pair) {
            Py_DECREF(out);
            return nullptr;
        }
        PyList_SET_ITEM(out, (Py_ssize_t)n, pair);
    }
    return out;
}

// alike(key, folded key) -> {word: degree}
PyObject *scan_alike(PyObject *object, PyObject *args) {
    Scan *self = reinterpret_cast<Scan *>(object);
    PyObject *word, *folded;
    string key, fold;
    if (!PyArg_ParseTuple(args, "UU", &word, &folded) || !text_of(word, key) || !text_of(folded, fold)) return nullptr;
    PyObject *out = PyDict_New();
    if (!out) return nullptr;
    for (auto &like : self->known(key, fold).likes) {
        PyObject *n = PyLong_FromLong(like.word), *degree = PyFloat_FromDouble(like.degree);
        int failed = !n || !degree || PyDict_SetItem(out, n, degree);
        Py_XDECREF(n);
        Py_XDECREF(degree);
        if (failed) {
            Py_DECREF(out);
            return nullptr;
        }
    }
    return out;
}

// number(key) -> its place in the vocabulary, or -1
PyObject *scan_number(PyObject *object, PyObject *key) {
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(key, &size);
    if (!text) return nullptr;
    return PyLong_FromLong(reinterpret_cast<Scan *>(object)->number(string_view(text, (size_t)size)));
}

// keyed(kind, text) -> the names kept under a text; kinds: 0 letters, 1 acronyms, 2 soles
PyObject *scan_keyed(PyObject *object, PyObject *args) {
    Scan *self = reinterpret_cast<Scan *>(object);
    int kind;
    const char *text;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "is#", &kind, &text, &size)) return nullptr;
    if (kind < 0 || kind >= BONES) {
        PyErr_SetString(PyExc_ValueError, "no such kind");
        return nullptr;
    }
    const View<uint64_t> &hashes = self->hash[kind];
    uint64_t wanted = hash_of(string_view(text, (size_t)size));
    PyObject *out = PyList_New(0);
    const uint64_t *end = hashes.at + hashes.size;
    for (const uint64_t *at = std::lower_bound(hashes.at, end, wanted); out && at < end && *at == wanted; at++) {
        PyObject *name = PyLong_FromLong(self->hash_at[kind][at - hashes.at]);
        if (!name || PyList_Append(out, name) < 0) Py_CLEAR(out);
        Py_XDECREF(name);
    }
    return out;
}

PyMethodDef methods[] = {
    {"scan", scan_scan, METH_VARARGS, "The names whose log-odds with the words of a query reach a least."},
    {"alike", scan_alike, METH_VARARGS, "Every word of the vocabulary like a word, with its degree."},
    {"number", scan_number, METH_O, "The place of a word in the vocabulary, or -1."},
    {"keyed", scan_keyed, METH_VARARGS, "The names kept under a text."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void *>(scan_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(scan_dealloc)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"ringfence.matching._kernel.Scan", sizeof(Scan), 0, Py_TPFLAGS_DEFAULT, slots};

PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", "The compiled scan of the index.", -1,
                      nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__kernel(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        crc_table[n] = c;
    }
    PyObject *made = PyModule_Create(&module);
    if (!made) return nullptr;
    PyObject *type = PyType_FromSpec(&spec);
    if (!type || PyModule_AddObject(made, "Scan", type) < 0) {
        Py_XDECREF(type);
        Py_DECREF(made);
        return nullptr;
    }
    return made;
}
