"""From what a shopper typed to a plan of terms: every word with its ways of being matched, and what each is worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shopkeeper.language.segment import stem, words
from shopkeeper.search.lexical_index import BODY, TITLE, WORD, LexicalIndex, Plan, Term, rarity
from shopkeeper.search.spelling import Spelling

LETTER_LIMIT: Final = 256  # of a query; what comes after says nothing more about what is wanted
WORD_LIMIT: Final = 16
SHORTEST_PREFIX: Final = 2  # letters of an unfinished word

# Words that say nothing about goods. Kept where a query has no others.
_FUNCTION_WORDS: Final = frozenset(
    "a an and are as at be best buy by can do find for from get give good i in is it me my need of on or our please "
    "show some something that the this to want we what with without you your".split()
)


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """What each way of matching a word is worth, beside its rarity."""

    title: float = 2.0
    body: float = 1.0
    prefix: float = 0.8  # of the title's: a word that begins with the last one typed
    correction: float = 0.7  # of the title's and body's: a known word one slip away
    prefixes: int = 16  # most frequent words that an unfinished one is taken for


@dataclass(frozen=True)
class Planner:
    """Plans over the indexes of one catalogue: the base, and one of what changed since."""

    indexes: Sequence[LexicalIndex]
    spelling: Spelling
    config: PlanConfig = PlanConfig()

    def plan(self, text: str) -> tuple[Plan, float]:
        """The plan, and what a document would score that holds every word once in its title: never 0."""
        typed = words(text[:LETTER_LIMIT])[:WORD_LIMIT]
        told = [word for word in typed if word not in _FUNCTION_WORDS] or typed
        open_end = bool(text) and len(text) <= LETTER_LIMIT and (text[-1].isalnum())
        ways = [
            self._ways(word, unfinished=open_end and at == len(told) - 1 and word == typed[-1])
            for at, word in enumerate(told)
        ]
        # A word that nothing holds counts like a fairly rare one: a match of the others alone is a weaker match.
        unknown = self.config.title * rarity(int(self._size**0.5), self._size)
        ideal = sum(max((term.weight for term in each), default=unknown) for each in ways)
        return tuple(tuple(each) for each in ways if each), max(ideal, 1e-6)

    def _ways(self, word: str, unfinished: bool) -> list[Term]:
        """How one word can be matched; by a correction only where nothing else is known of it."""
        found = self._fields([stem(word)], 1.0)
        if unfinished and len(word) >= SHORTEST_PREFIX:
            found += self._group(WORD, self._beginning(word), self.config.title * self.config.prefix)
        if found:
            return found
        return self._fields([stem(known) for known in self.spelling.corrections(word)], self.config.correction)

    def _fields(self, stems: Iterable[str], worth: float) -> list[Term]:
        """Stems in the title and in the body."""
        distinct = list(dict.fromkeys(stems))
        return self._group(TITLE, distinct, self.config.title * worth) + self._group(
            BODY, distinct, self.config.body * worth
        )

    def _group(self, field: str, texts: Sequence[str], worth: float) -> list[Term]:
        """Terms that stand for one meaning. They share the rarity of all together, lest the oddest of them win."""
        frequency = {text: sum(index.frequency(field, text) for index in self.indexes) for text in texts}
        held = [text for text, count in frequency.items() if count]
        shared = rarity(min(sum(frequency.values()), self._size), self._size)
        return [Term(field, text, worth * shared) for text in held]

    def _beginning(self, prefix: str) -> list[str]:
        """The most frequent words with this beginning, itself left out: that is matched exactly."""
        counts: dict[str, int] = {}
        for index in self.indexes:
            for word, count in index.words(prefix, self.config.prefixes).items():
                counts[word] = counts.get(word, 0) + count
        counts.pop(prefix, None)
        return sorted(counts, key=lambda word: (-counts[word], word))[: self.config.prefixes]

    @property
    def _size(self) -> int:
        return max(sum(len(index) for index in self.indexes), 1)
