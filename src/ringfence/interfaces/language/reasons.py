"""The reasons of a match in the reader's language; in English the engine says them itself."""

from ringfence.interfaces.language.texts import Texts
from ringfence.records import Reason


def told(reason: Reason, t: Texts) -> str:
    """One reason as a sentence; empty where no message file has it."""
    how = reason.relation or ("agrees" if reason.weight > 0 else "differs")
    if reason.relation in {"missing", "legal_form"}:
        how = f"{how}_{'asked' if reason.listed else 'listed'}"
    key = f"reason.{reason.feature}.{how}"
    values = {"query": reason.query, "listed": reason.listed}
    if reason.feature == "kind":
        values = {name: t.word("kind", kind) for name, kind in values.items()}
    return t(key, **values) if t.has(key) else ""
