// The compiled scan: the same listings with the same scores and reasons as reference.py. What it does is in `native`; here
// is what Python sees of it.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <memory>
#include <utility>

#include "native/search.hpp"

namespace {

using namespace ringfence;

// A reference to a Python object that is given back on leaving.
struct Ref {
    PyObject *held = nullptr;
    Ref() = default;
    explicit Ref(PyObject *object) : held(object) {}
    Ref(const Ref &) = delete;
    Ref &operator=(const Ref &) = delete;
    ~Ref() { Py_XDECREF(held); }
    explicit operator bool() const { return held != nullptr; }
    PyObject *give() { return std::exchange(held, nullptr); }
};

struct Unlocked {  // without the interpreter's lock while it lives
    PyThreadState *state = PyEval_SaveThread();
    ~Unlocked() { PyEval_RestoreThread(state); }
};

struct Index {
    vector<Py_buffer> buffers;
    Listed listed;
    std::unique_ptr<Lexicon> lexicon;
    std::unique_ptr<Near> near;
    vector<std::unique_ptr<Searcher>> idle;  // one for each thread that asked at once; used only by who took it out
    PyObject *words = nullptr;               // what reasons are told with, see compiled.py
    PyObject *elsewhere = nullptr;           // what a word weighs that only other listings carry

    ~Index() {
        for (auto &buffer : buffers) PyBuffer_Release(&buffer);
        Py_XDECREF(words);
        Py_XDECREF(elsewhere);
    }
    std::unique_ptr<Searcher> take() {
        if (!near) near = std::make_unique<Near>(listed);
        if (idle.empty()) return std::make_unique<Searcher>(listed, *near, *lexicon);
        auto taken = std::move(idle.back());
        idle.pop_back();
        return taken;
    }
};

struct Object {
    PyObject_HEAD
    Index *index;
};

Index &index_of(PyObject *object) { return *reinterpret_cast<Object *>(object)->index; }

// One searcher of an index, taken while it lives; taken and given back with the lock.
struct Taken {
    Index &index;
    std::unique_ptr<Searcher> searcher;
    explicit Taken(PyObject *object) : index(index_of(object)), searcher(index.take()) {}
    ~Taken() { index.idle.push_back(std::move(searcher)); }
    Searcher *operator->() { return searcher.get(); }
};

template <class T> bool borrow(Index &self, PyObject *arrays, const char *name, View<T> &view) {
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
    self.buffers.push_back(buffer);
    view.at = static_cast<const T *>(buffer.buf);
    view.size = buffer.len / (Py_ssize_t)sizeof(T);
    return true;
}

bool text_of(PyObject *object, string_view &out) {
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text) out = {text, (size_t)size};
    return text != nullptr;
}

// What Python says that a word weighs; asked with or without the lock, once of each word that a searcher keeps.
double weight_of(PyObject *weigh, string_view word) {
    PyGILState_STATE state = PyGILState_Ensure();
    double weight = -1;
    {
        Ref said(PyObject_CallFunction(weigh, "s#", word.data(), (Py_ssize_t)word.size()));
        if (said) weight = PyFloat_AsDouble(said.held);
        if (PyErr_Occurred()) PyErr_WriteUnraisable(weigh);
    }
    PyGILState_Release(state);
    return weight;
}

// Scan(arrays, tables, what letters become, words, width, kinds, person, elsewhere): see compiled.py
PyObject *scan_new(PyTypeObject *type, PyObject *args, PyObject *) {
    PyObject *arrays, *tables, *words, *elsewhere;
    const char *changed;
    Py_ssize_t changed_size;
    auto index = std::make_unique<Index>();
    Listed &all = index->listed;
    if (!PyArg_ParseTuple(args, "O!O!y#O!iiiO", &PyDict_Type, &arrays, &PyTuple_Type, &tables, &changed, &changed_size, &PyTuple_Type, &words, &all.degree_width, &all.party_kinds, &all.person_kind, &elsewhere))
        return nullptr;
    View<double> constants;
    const char *kinds[KEYED] = {"letters", "acronyms", "soles", "starts", "begun", "bones"};
    auto take = [&](const char *name, auto &view) { return borrow(*index, arrays, name, view); };
    bool ok = changed_size == 4 * 256 && PyTuple_GET_SIZE(tables) == Lexicon::TABLES && take("constants", constants) &&
              constants.size == sizeof(Constants) / sizeof(double) && take("keys", all.keys) && take("folds", all.folds) &&
              take("surfaces", all.surfaces) && take("signatures", all.signatures) && take("degrees", all.degrees) &&
              take("absent", all.absent) && take("halves", all.halves) && take("kinds_alike", all.kinds_alike) &&
              take("roles", all.roles) && take("units", all.units) && take("word_weights", all.word_weights) &&
              take("name_weight", all.name_weight) && take("name_part", all.name_part) && take("name_odds", all.name_odds) &&
              take("name_initials", all.name_initials) && take("entry_person", all.entry_person) &&
              take("entry_kind", all.entry_kind) && take("entry_ref", all.entry_ref) &&
              take("posting_start", all.posting_start) && take("posting_mid", all.posting_mid) &&
              take("postings", all.postings) && take("name_entry", all.name_entry) && take("name_start", all.name_start) &&
              take("name_words", all.name_words) && take("fold_order", all.fold_order) &&
              take("name_text", all.name_text) && take("surface_at", all.surface_at) && take("surface_of", all.surface_of);
    for (int n = 0; ok && n < KEYED; n++)
        ok = take((string(kinds[n]) + "_hash").c_str(), all.hash[n]) && take((string(kinds[n]) + "_at").c_str(), all.hash_at[n]);
    string texts[Lexicon::TABLES];
    for (int n = 0; ok && n < Lexicon::TABLES; n++) {
        string_view text;
        ok = text_of(PyTuple_GET_ITEM(tables, n), text);
        texts[n] = text;
    }
    if (!ok) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the arrays are not those of this kernel");
        return nullptr;
    }
    memcpy(&all.k, constants.at, sizeof(Constants));
    memcpy(all.blurred, changed, 256);
    all.prepare();
    index->lexicon = std::make_unique<Lexicon>(texts, changed);
    Py_INCREF(words);
    index->words = words;
    if (elsewhere != Py_None) {
        Py_INCREF(elsewhere);
        index->elsewhere = elsewhere;
        all.elsewhere = [elsewhere](string_view word) { return weight_of(elsewhere, word); };
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self) reinterpret_cast<Object *>(self)->index = index.release();
    return self;
}

void scan_dealloc(PyObject *self) {
    delete &index_of(self);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

// ---- questions in

// Readings that parse.py gives of a text: of each the log-odds of its part, `joined`, `core`, acronyms, and words as pairs
// of what is compared and what stands in the text.
bool take_readings(PyObject *readings, Searcher &searcher, Question &question) {
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(readings); n++) {
        PyObject *acronyms, *words;
        const char *joined, *core;
        Reading reading;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(readings, n), "dssO!O!", &reading.part, &joined, &core, &PyTuple_Type, &acronyms,
                              &PyList_Type, &words))
            return false;
        reading.joined = joined;
        reading.core = core;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(acronyms); i++) {
            string_view text;
            if (!text_of(PyTuple_GET_ITEM(acronyms, i), text)) return false;
            reading.acronyms.emplace_back(text);
        }
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(words); i++) {
            const char *key, *surface;
            if (!PyArg_ParseTuple(PyList_GET_ITEM(words, i), "ss", &key, &surface)) return false;
            searcher.reader.take(key, surface, reading);
        }
        searcher.take(std::move(reading), question);
    }
    return true;
}

// The text of a question; one that has no UTF-8 (it holds half of a character) is for parse.py.
void add_text(PyObject *text, Question &question) {
    string_view plain;
    if (text_of(text, plain)) {
        question.texts.push_back(plain);
        return;
    }
    PyErr_Clear();
    question.hard = true;
}

// Reads with `read` (from a text to its readings) where it takes more than plain ASCII.
bool read_hard(PyObject *read, PyObject *text, Searcher &searcher, Question &question) {
    Ref readings(PyObject_CallOneArg(read, text));
    if (!readings) return false;
    if (!PyList_Check(readings.held)) {
        PyErr_SetString(PyExc_TypeError, "readings are a list");
        return false;
    }
    return take_readings(readings.held, searcher, question);
}

// One question from its texts and its kind.
bool ask(PyObject *texts, int kind, PyObject *read, Taken &searcher, Question &question) {
    question.kind = kind;
    for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(texts); n++) add_text(PyTuple_GET_ITEM(texts, n), question);
    searcher->begin();
    if (!question.hard) searcher->read(question);
    if (!question.hard) return true;
    for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(texts); n++)
        if (!read_hard(read, PyTuple_GET_ITEM(texts, n), *searcher.searcher, question)) return false;
    return true;
}

// ---- reasons out

// What reasons are told with: `words` of kernel.py.
struct Said {
    PyObject *reason, *base, *weak, *parts, *kinds, *relations, *beside, *left, *roles;

    explicit Said(PyObject *words) {
        PyObject **places[] = {&reason, &base, &weak, &parts, &kinds, &relations, &beside, &left, &roles};
        for (Py_ssize_t n = 0; n < 9; n++) *places[n] = PyTuple_GET_ITEM(words, n);
    }

    static PyObject *str(string_view text) { return PyUnicode_DecodeUTF8(text.data(), (Py_ssize_t)text.size(), nullptr); }

    static PyObject *field(PyObject *pairs, int code, int n) { return PyTuple_GET_ITEM(PyTuple_GET_ITEM(pairs, code), n); }

    // A reason about words: what of both names, its weight, its text and its relation.
    PyObject *about(PyObject *feature, const Told &told, PyObject *text, PyObject *relation) const {
        Ref ours(str(told.ours)), theirs(str(told.theirs)), weight(PyFloat_FromDouble(told.weight)), shown(text);
        if (!ours || !theirs || !weight || !shown) return nullptr;
        PyObject *args[] = {feature, ours.held, theirs.held, weight.held, shown.held, relation};
        return PyObject_Vectorcall(reason, args, 6, nullptr);
    }

    PyObject *one(const Told &told) const {
        string_view word = told.what == Told::LISTED_LEFT ? told.theirs : told.ours, after;
        string text = "“";
        text += word;
        PyObject *feature = PyTuple_GET_ITEM(left, 0);  // `word`
        if (told.what == Told::BESIDE) {
            PyObject *shown = field(beside, told.code, 1);
            Py_INCREF(shown);
            return about(PyTuple_GET_ITEM(left, 3), told, shown, field(beside, told.code, 0));
        }
        if (told.what == Told::MET) {
            if (!text_of(field(relations, told.code, 1), after)) return nullptr;
            ((((text += "” and “") += told.theirs) += "”: ") += after);
            return about(feature, told, str(text), field(relations, told.code, 0));
        }
        if (!text_of(PyTuple_GET_ITEM(left, told.what == Told::QUERY_LEFT ? 1 : 2), after)) return nullptr;
        (text += "” ") += after;
        if (!text_of(field(roles, told.code, 1), after)) return nullptr;
        return about(feature, told, str(text += after), field(roles, told.code, 0));
    }

    // The reasons of the name, and that of the kind where kinds differ.
    PyObject *all(const Listed &listed, const Question &question, const Match &match) const {
        int part = listed.name_part[match.found.name], is_weak = part & 1;
        PyObject *of_part = PyTuple_GET_ITEM(parts, part / 2);
        auto count = (Py_ssize_t)match.told.size() + 1 + (of_part != Py_None) + is_weak + match.other_kind;
        Ref out(PyTuple_New(count));
        if (!out) return nullptr;
        Py_ssize_t at = 0;
        auto put = [&](PyObject *reason) {
            if (reason) PyTuple_SET_ITEM(out.held, at++, reason);
            return reason != nullptr;
        };
        auto shared = [&](PyObject *reason) {
            Py_INCREF(reason);
            put(reason);
        };
        shared(base);
        for (auto &told : match.told)
            if (!put(one(told))) return nullptr;
        if (of_part != Py_None) shared(of_part);
        if (is_weak) shared(weak);
        if (match.other_kind)
            shared(PyTuple_GET_ITEM(kinds, question.kind * listed.party_kinds + listed.entry_kind[match.found.entry]));
        return out.give();
    }
};

// search(names, kinds, read, least, threshold, limit) -> of each name, best first: its listings with (ref, entry, name,
// score, reasons), what it is compared as, and whether it can tell parties apart.
PyObject *scan_search(PyObject *self, PyObject *args) {
    PyObject *names, *read;
    const char *kinds;
    Py_ssize_t count;
    Bar bar;
    if (!PyArg_ParseTuple(args, "O!y#Oddi", &PyList_Type, &names, &kinds, &count, &read, &bar.least, &bar.threshold, &bar.limit))
        return nullptr;
    if (count != PyList_GET_SIZE(names)) {
        PyErr_SetString(PyExc_ValueError, "as many kinds as names");
        return nullptr;
    }
    vector<Question> questions((size_t)count);
    for (Py_ssize_t n = 0; n < count; n++) {
        questions[(size_t)n].kind = kinds[n];
        add_text(PyList_GET_ITEM(names, n), questions[(size_t)n]);
    }
    Taken searcher(self);
    {
        Unlocked unlocked;
        searcher->begin();
        for (auto &question : questions)
            if (!question.hard) searcher->read(question);
    }
    for (Py_ssize_t n = 0; n < count; n++)
        if (questions[(size_t)n].hard && !read_hard(read, PyList_GET_ITEM(names, n), *searcher.searcher, questions[(size_t)n]))
            return nullptr;
    {
        Unlocked unlocked;
        for (auto &question : questions) searcher->search(question, bar);
    }
    const Listed &all = index_of(self).listed;
    Said said(index_of(self).words);
    Ref out(PyList_New(count));
    for (size_t n = 0; out && n < questions.size(); n++) {
        const Question &question = questions[n];
        Ref matches(PyList_New((Py_ssize_t)question.matches.size()));
        if (!matches) return nullptr;
        for (size_t m = 0; m < question.matches.size(); m++) {
            const Match &match = question.matches[m];
            PyObject *reasons = said.all(all, question, match);
            PyObject *told = reasons ? Py_BuildValue("(LiidN)", (long long)all.entry_ref[match.found.entry], match.found.entry,
                                                     (int)all.name_text[match.found.name], match.score, reasons)
                                     : nullptr;
            if (!told) return nullptr;
            PyList_SET_ITEM(matches.held, (Py_ssize_t)m, told);
        }
        PyList_SET_ITEM(out.held, (Py_ssize_t)n, matches.give());
    }
    return out.give();
}

// found(texts, kind, read, least) -> the listings whose best names reach the least: (entry, odds, name, reading), best first
PyObject *scan_found(PyObject *self, PyObject *args) {
    PyObject *texts, *read;
    int kind;
    double least;
    if (!PyArg_ParseTuple(args, "O!iOd", &PyTuple_Type, &texts, &kind, &read, &least)) return nullptr;
    Taken searcher(self);
    Question question;
    if (!ask(texts, kind, read, searcher, question)) return nullptr;
    vector<Found> found;
    {
        Unlocked unlocked;
        searcher->find(question, least, found);
    }
    Ref out(PyList_New((Py_ssize_t)found.size()));
    for (size_t n = 0; out && n < found.size(); n++) {
        PyObject *one = Py_BuildValue("(idii)", found[n].entry, found[n].odds, found[n].name, found[n].reading);
        if (!one) return nullptr;
        PyList_SET_ITEM(out.held, (Py_ssize_t)n, one);
    }
    return out.give();
}

// reasons(texts, kind, read, name, reading) -> the reasons of the name, without those of evidence beside it
PyObject *scan_reasons(PyObject *self, PyObject *args) {
    PyObject *texts, *read;
    int kind;
    Found found{};
    if (!PyArg_ParseTuple(args, "O!iOii", &PyTuple_Type, &texts, &kind, &read, &found.name, &found.reading)) return nullptr;
    Taken searcher(self);
    Question question;
    if (!ask(texts, kind, read, searcher, question)) return nullptr;
    const Listed &all = index_of(self).listed;
    if (found.name < 0 || found.name >= all.name_entry.size || found.reading < 0 ||
        (size_t)found.reading >= question.readings.size()) {
        PyErr_SetString(PyExc_ValueError, "no such name or reading");
        return nullptr;
    }
    found.entry = all.name_entry[found.name];
    Match match;
    searcher->explain(question, found, match);
    match.other_kind = false;
    return Said(index_of(self).words).all(all, question, match);
}

// parse(text) -> its readings as (joined, core, acronyms, sole, words with what each is taken for), or None where parse.py
// has to read it
PyObject *scan_parse(PyObject *self, PyObject *text) {
    string_view name;
    if (!text_of(text, name)) return nullptr;
    Taken searcher(self);
    searcher->begin();
    vector<Reading> readings;
    if (!searcher->reader.parse(name, readings)) Py_RETURN_NONE;
    auto add = [](PyObject *list, PyObject *made) {
        Ref item(made);
        return item && PyList_Append(list, made) == 0;
    };
    auto view = [](string_view text) { return PyUnicode_FromStringAndSize(text.data(), (Py_ssize_t)text.size()); };
    Ref out(PyList_New(0));
    for (auto &reading : readings) {
        Ref words(PyList_New(0)), acronyms(PyList_New(0));
        if (!out || !words || !acronyms) return nullptr;
        for (auto &acronym : reading.acronyms)
            if (!add(acronyms.held, view(acronym))) return nullptr;
        for (auto &word : reading.words) {
            const Known &known = *word.known, &meant = *known.meant;
            if (!add(words.held, Py_BuildValue("NNi(Nid)", view(known.key), view(word.surface), (int)known.role,
                                               view(meant.key), (int)meant.role, meant.weight)))
                return nullptr;
        }
        if (!add(out.held, Py_BuildValue("NNONO", view(reading.joined), view(reading.core), acronyms.held,
                                         view(reading.sole), words.held)))
            return nullptr;
    }
    return out.give();
}

// fold(word) -> the word by its sound
PyObject *scan_fold(PyObject *self, PyObject *word) {
    string_view text;
    if (!text_of(word, text)) return nullptr;
    return Said::str(index_of(self).lexicon->fold(text));
}

// alike(key) -> {word: (degree, relation)}
PyObject *scan_alike(PyObject *self, PyObject *word) {
    string_view key;
    if (!text_of(word, key)) return nullptr;
    Taken searcher(self);
    PyObject *relations = Said(index_of(self).words).relations;
    Ref out(PyDict_New());
    if (!out) return nullptr;
    for (auto &like : searcher->alike(key)) {
        Ref n(PyLong_FromLong(like.word)), met(Py_BuildValue("(dO)", like.degree, Said::field(relations, like.relation, 0)));
        if (!n || !met || PyDict_SetItem(out.held, n.held, met.held) < 0) return nullptr;
    }
    return out.give();
}

// number(key) -> its place in the vocabulary, or -1
PyObject *scan_number(PyObject *self, PyObject *key) {
    string_view text;
    if (!text_of(key, text)) return nullptr;
    return PyLong_FromLong(index_of(self).listed.number(text));
}

PyMethodDef methods[] = {
    {"search", scan_search, METH_VARARGS, "The listings that each of some names may be, with reasons."},
    {"found", scan_found, METH_VARARGS, "The listings whose log-odds with a question reach a least."},
    {"reasons", scan_reasons, METH_VARARGS, "The reasons of one name for one reading of a question."},
    {"parse", scan_parse, METH_O, "The reading of a plain name."},
    {"fold", scan_fold, METH_O, "A word by its sound."},
    {"alike", scan_alike, METH_O, "Every word of the vocabulary like a word."},
    {"number", scan_number, METH_O, "The place of a word in the vocabulary, or -1."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void *>(scan_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(scan_dealloc)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"ringfence.matching._kernel.Scan", sizeof(Object), 0, Py_TPFLAGS_DEFAULT, slots};

PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", "The compiled scan of the index.", -1,
                      nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__kernel(void) {
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
