// Letters of words: what they hash to, their consonants, the edits between them.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

using std::string;
using std::string_view;
using std::vector;

struct CrcTable {
    uint32_t of[256];
    CrcTable() {
        for (uint32_t n = 0; n < 256; n++) {
            of[n] = n;
            for (int bit = 0; bit < 8; bit++) of[n] = of[n] & 1 ? 0xEDB88320u ^ (of[n] >> 1) : of[n] >> 1;
        }
    }
};
inline const CrcTable crc_table;

// A text's Adler-32 above its CRC-32: `hash_of` of arrays.py.
inline uint64_t hash_of(string_view s) {
    uint32_t crc = ~0u, a = 1, b = 0;
    for (unsigned char c : s) {
        crc = crc_table.of[(crc ^ c) & 255] ^ (crc >> 8);
        a += c;
        if (a >= 65521) a -= 65521;
        b += a;
        if (b >= 65521) b -= 65521;
    }
    return (uint64_t)(b << 16 | a) << 32 | (uint32_t)~crc;
}

// The parts of a text as numbers (a polynomial of their letters), each part and each two parts written together in
// one step. Used for tables of one process only; what is found by it is always compared in full.
class Rolled {
    static constexpr uint64_t BASE = 0x9E3779B97F4A7C15ull;
    vector<uint64_t> upto{0}, power{1};

public:
    void reach(size_t length) {
        while (power.size() <= length) power.push_back(power.back() * BASE);
    }
    void set(string_view s) {
        upto.resize(s.size() + 1);
        reach(s.size());
        for (size_t n = 0; n < s.size(); n++) upto[n + 1] = next(upto[n], (unsigned char)s[n]);
    }
    uint64_t part(int from, int to) const { return upto[to] - upto[from] * power[to - from]; }
    uint64_t join(uint64_t first, uint64_t second, int length_of_second) const {
        return first * power[length_of_second] + second;
    }
    static uint64_t next(uint64_t h, unsigned char c) { return h * BASE + c + 1; }
    static uint64_t mixed(uint64_t h) {
        h ^= h >> 32;
        h *= 0xD6E8FEB86659FD93ull;
        return h ^ h >> 32;
    }
    static uint64_t of(string_view s) {
        uint64_t h = 0;
        for (unsigned char c : s) h = next(h, c);
        return h;
    }
};

// Which numbers a set may hold: never wrong when it says no, and rarely when it says yes.
class Present {
    vector<uint64_t> bits;
    uint64_t place(uint64_t n) const { return Rolled::mixed(n) & (64 * bits.size() - 1); }

public:
    void make_room(size_t numbers) {
        size_t words = 1;
        while (words * 8 < numbers) words *= 2;
        bits.assign(words, 0);
    }
    void add(uint64_t n) { bits[place(n) / 64] |= 1ull << place(n) % 64; }
    bool may_hold(uint64_t n) const { return bits[place(n) / 64] >> place(n) % 64 & 1; }
};

// Has the memory bring what will be looked at soon.
inline void expect([[maybe_unused]] const void *what) {
#ifdef __GNUC__
    __builtin_prefetch(what);
#endif
}

// The first eight letters as a number that orders as they do.
inline uint64_t head_of(string_view s) {
    uint64_t head = 0;
    for (size_t n = 0; n < 8; n++) head = head << 8 | (n < s.size() ? (unsigned char)s[n] : 0);
    return head;
}

// The first letter of a word as one of 64 numbers: that of another letter may be the same.
inline uint8_t letter_of(string_view s) { return s.empty() ? 0 : s[0] & 63; }

// The letters of a word as bits. A word can be part of another only if its letters are.
inline uint64_t letters_of(string_view s) {
    uint64_t bits = 0;
    for (unsigned char c : s) bits |= 1ull << (c & 63);
    return bits;
}

// The letters of a folded word as bits, an edit apart at most two: `signature` of vocabulary.py.
inline uint64_t signature(string_view s) {
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

// Whether one edit (a letter more, less or another, or two neighbours changed over) tells two texts apart.
inline bool one_edit_apart(string_view a, string_view b) {
    size_t shorter = std::min(a.size(), b.size()), head = 0, tail = 0;
    while (head < shorter && a[head] == b[head]) head++;
    while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) tail++;
    a = a.substr(head, a.size() - head - tail);
    b = b.substr(head, b.size() - head - tail);
    if (a.size() <= 1 && b.size() <= 1) return a.size() + b.size() > 0;
    return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
}

// Consonants, doubled ones once, and without an `h` at the end.
inline string bones_of(string_view consonants) {
    string out;
    for (char c : consonants)
        if (out.empty() || out.back() != c) out += c;
    if (out.size() > 1 && out.back() == 'h') out.pop_back();
    return out;
}

// How many bits of two signatures differ; compilers make this one step where the machine has one.
inline int differing(uint64_t a, uint64_t b) {
    uint64_t x = a ^ b;
#ifdef __POPCNT__
    return __builtin_popcountll(x);
#endif
    x -= x >> 1 & 0x5555555555555555ull;
    x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Full;
    return (int)(x * 0x0101010101010101ull >> 56);
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

    static constexpr int TOGETHER = 8, FEW = 8, SOME = 16;

    // The same of several words at once, of at most `FEW` letters each, where the pattern has 1 to `SOME`: in step, letter by
    // letter, so that compilers make one instruction of a step of all of them.
    void distances(const char *const (&words)[TOGETHER], const uint32_t (&lengths)[TOGETHER], int (&out)[TOGETHER]) const {
        uint16_t vp[TOGETHER], vn[TOGETHER] = {}, d0[TOGETHER] = {}, before[TOGETHER] = {}, dist[TOGETHER], pm[TOGETHER], live[TOGETHER];
        int n = (int)text.size();
        uint32_t longest = 0;
        for (int l = 0; l < TOGETHER; l++) vp[l] = 0xFFFF, dist[l] = (uint16_t)n, longest = std::max(longest, lengths[l]);
        for (uint32_t at = 0; at < std::min(longest, (uint32_t)FEW); at++) {
            for (int l = 0; l < TOGETHER; l++) pm[l] = (uint16_t)bits[(unsigned char)words[l][at]], live[l] = at < lengths[l];
            for (int l = 0; l < TOGETHER; l++) {
                uint16_t swap = (uint16_t)((uint16_t)((uint16_t)(~d0[l]) & pm[l]) << 1) & before[l];
                uint16_t d = (uint16_t)((uint16_t)((uint16_t)(pm[l] & vp[l]) + vp[l]) ^ vp[l]) | pm[l] | vn[l] | swap;
                uint16_t hp = vn[l] | (uint16_t)~(d | vp[l]), hn = d & vp[l];
                dist[l] = (uint16_t)(dist[l] + (uint16_t)((uint16_t)((uint16_t)(hp >> (n - 1)) & live[l]) - (uint16_t)((uint16_t)(hn >> (n - 1)) & live[l])));
                hp = (uint16_t)(hp << 1) | 1;
                hn = (uint16_t)(hn << 1);
                vp[l] = hn | (uint16_t)~(d | hp);
                vn[l] = hp & d;
                d0[l] = d;
                before[l] = pm[l];
            }
        }
        for (int l = 0; l < TOGETHER; l++) out[l] = dist[l];
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

}  // namespace ringfence
