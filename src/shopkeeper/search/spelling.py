"""Spelling: the known words within one slip of the finger of an unknown one.

Norvig's corrector (How to Write a Spelling Corrector, 2007): all edits of the word are looked up among the known words,
some 450 lookups for eight letters, 60 µs, whatever the size of the catalogue.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

SHORTEST: Final = 4  # letters; a slip in a shorter word makes another word
ALPHABET_LIMIT: Final = 64  # letters tried: the commonest of the catalogue


@dataclass(frozen=True)
class Spelling:
    """`frequency` is how many documents hold each known word; `alphabet` what may be inserted."""

    frequency: Mapping[str, int]
    alphabet: str

    @classmethod
    def of(cls, frequency: Mapping[str, int]) -> Self:
        """From the words of a catalogue."""
        letters: Counter[str] = Counter()
        for word in frequency:
            if word.isalpha():
                letters.update(set(word))
        return cls(frequency, "".join(letter for letter, _ in letters.most_common(ALPHABET_LIMIT)))

    def corrections(self, word: str, most: int = 3) -> list[str]:
        """Known words one edit away from a word that is not known, the most frequent first; none for a short word.

        An edit is one letter left out, added, replaced, or two neighbours swapped; the first letter is trusted, unless
        it was swapped: people seldom miss it, and short words without it become any other word.
        """
        if len(word) < SHORTEST or word.isdigit() or word in self.frequency:
            return []
        found = {edit for edit in self._edits(word) if edit in self.frequency}
        return sorted(found, key=lambda edit: (-self.frequency[edit], edit))[:most]

    def _edits(self, word: str) -> Iterator[str]:
        yield word[1] + word[0] + word[2:]
        for at in range(1, len(word) + 1):
            head, tail = word[:at], word[at:]
            if tail:
                yield head + tail[1:]
                for letter in self.alphabet:
                    yield head + letter + tail[1:]
            if len(tail) > 1:
                yield head + tail[1] + tail[0] + tail[2:]
            for letter in self.alphabet:
                yield head + letter + tail
