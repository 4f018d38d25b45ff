"""Keys are read, tried, and shown to nobody.

Every test here reaches its secrets through `MATERIAL`, so that the frames of the tests hold none: whatever a traceback
with locals shows is the package's own doing.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import io
import json
import logging
import os
import pickle
import pprint
import random
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import binance_async
from binance_async.core.signing import Ed25519Signer, HmacSigner, RsaSigner, fingerprint
from binance_async.credentials import Credentials
from binance_async.errors import InvalidCredentials, NotSent
from binance_async.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

PACKAGE = Path(binance_async.__file__).parent


def pem(key: PrivateKeyTypes, passphrase: bytes | None = None, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def material() -> dict[str, str]:
    """Canaries: made on the spot, found nowhere else, and long enough not to be met by chance."""
    passphrase = f"canary-passphrase-{random.SystemRandom().getrandbits(64):016x}"
    ed, big = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
    public = ed.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {
        "api_key": f"canaryApiKey{random.SystemRandom().getrandbits(200):050x}",
        "secret": f"canarySecret{random.SystemRandom().getrandbits(200):050x}",
        "passphrase": passphrase,
        "wrong": f"canary-wrong-{random.SystemRandom().getrandbits(64):016x}",
        "ed25519": pem(ed),
        "ed25519_encrypted": pem(ed, passphrase.encode()),
        "rsa": pem(big),
        "rsa_encrypted": pem(big, passphrase.encode()),
        "rsa_old_encrypted": pem(big, passphrase.encode(), PrivateFormat.TraditionalOpenSSL),
        "rsa_1024": pem(rsa.generate_private_key(65537, 1024)),
        "ec": pem(ec.generate_private_key(ec.SECP256R1())),
        "openssh": pem(ed, None, PrivateFormat.OpenSSH),
        "public": public,
        "damaged": pem(ed).replace("MC4CAQAw", "MC4CAQAx"),
        "unknown": pem(ed).replace("K2Vw", "K2V3"),  # another object identifier in the place of Ed25519's
        "cut": pem(big)[:700] + "\n-----END PRIVATE KEY-----\n",
        "no_header": pem(ed).splitlines()[1],
        "surrogate": f"canary\ud800{passphrase}",
    }


MATERIAL = material()


def canaries() -> set[str]:
    """What must not be seen: the short texts, and each line of a PEM that is of its key alone."""
    found: set[str] = set()
    for name, value in MATERIAL.items():
        if name != "public":
            found.update(line for line in value.splitlines() if not line.startswith(("-----", "Proc-Type", "DEK-Info")))
    return {line for line in found if len(line) > 15}


CANARIES = canaries()


def shown_by(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Everything that an error says, and says about what lies behind it."""
    if id(error) in seen:
        return
    seen.add(id(error))
    yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
    for lookup in (True, False):
        told = traceback.TracebackException.from_exception(error, capture_locals=lookup)
        yield "".join(told.format())
    try:
        yield pickle.dumps(error).decode("latin-1")
    except (TypeError, pickle.PicklingError, AttributeError) as refusal:
        yield str(refusal)
    for behind in (error.__cause__, error.__context__):
        if behind is not None:
            yield from shown_by(behind, seen)


def leaks(*texts: str) -> list[str]:
    return [canary[:12] for canary in CANARIES for text in texts if canary in text]


def assert_discreet(error: BaseException) -> None:
    assert leaks(*shown_by(error, set())) == []


def refused(make: Callable[[], object], match: str) -> InvalidCredentials:
    with pytest.raises(InvalidCredentials, match=match) as refusal:
        make()
    assert isinstance(refusal.value, NotSent)
    assert isinstance(refusal.value, ValueError)
    assert_discreet(refusal.value)
    return refusal.value


@pytest.fixture
def key_file(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, mode: int = 0o600) -> Path:
        path = tmp_path / f"{name}.pem"
        path.write_text(MATERIAL[name])
        path.chmod(mode)
        return path

    return write


# What the checks of this file can find.


def test_the_scan_finds_a_canary() -> None:
    def leak(value: str) -> None:
        try:
            raise KeyError(value)
        except KeyError:
            raise ValueError("nothing in here") from None

    with pytest.raises(ValueError) as caught:
        leak(MATERIAL["secret"])
    assert leaks(*shown_by(caught.value, set())) != []
    assert leaks("".join(traceback.format_exception(caught.value))) == []


# Secret


def test_a_secret_is_revealed_to_who_asks() -> None:
    assert Secret("abc").reveal() == "abc"


def test_a_secret_does_not_show() -> None:
    secret = Secret(MATERIAL["secret"])
    log = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(log))
    logger.error("%s %r", secret, [secret])

    @dataclasses.dataclass
    class Settings:
        secret: Secret

    settings = Settings(secret)
    assert dataclasses.asdict(settings) == {"secret": secret}
    assert f"{secret:>14}" == "   Secret(...)"
    shown = [
        repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", "%s" % secret, ascii(secret), log.getvalue(),  # noqa: UP031
        pprint.pformat([secret]), repr(settings), repr(dataclasses.asdict(settings)), repr(dir(secret)),
        repr(inspect.getmembers(secret)), repr(secret.__slots__), repr(secret.__doc__),
    ]  # fmt: skip
    assert leaks(*shown) == []
    with pytest.raises(TypeError):
        vars(secret)


@pytest.mark.parametrize(
    "dump",
    [
        *[lambda it, protocol=protocol: pickle.dumps(it, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)],
        lambda it: it.__reduce__(),
        lambda it: it.__reduce_ex__(4),
        lambda it: it.__getstate__(),
        lambda it: pickle.dumps({"nested": [it]}),
    ],
)
@pytest.mark.parametrize("kind", ["secret", "signer", "credentials"])
def test_nothing_is_pickled(kind: str, dump: Callable[[object], object]) -> None:
    credentials = Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"])
    it = {"secret": Secret(MATERIAL["secret"]), "signer": credentials.signer, "credentials": credentials}[kind]
    with pytest.raises(TypeError, match=rf"^{type(it).__name__} cannot be pickled") as refusal:
        dump(it)
    assert_discreet(refusal.value)


@pytest.mark.parametrize("encode", [json.dumps, orjson.dumps, msgspec.json.encode, msgspec.msgpack.encode])
def test_nothing_is_encoded(encode: Callable[[object], object]) -> None:
    credentials = Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"])
    for it in (Secret(MATERIAL["secret"]), credentials.signer, credentials):
        with pytest.raises(TypeError) as refusal:
            encode({"it": it})
        assert_discreet(refusal.value)


def test_a_copy_is_the_same_object() -> None:
    credentials = Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"])
    for it in (Secret(MATERIAL["secret"]), credentials.signer, credentials):
        assert copy.copy(it) is it
        assert copy.deepcopy({"it": it})["it"] is it


def test_nothing_is_changed() -> None:
    credentials = Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"])
    for it, name in (
        (Secret("a"), "_reveal"),
        (credentials.signer, "api_key"),
        (credentials, "signer"),
        (credentials, "x"),
    ):
        for change in (
            lambda it=it, name=name: setattr(it, name, MATERIAL["secret"]),
            lambda it=it, name=name: delattr(it, name),
        ):
            with pytest.raises(AttributeError, match="immutable") as refusal:
                change()
            assert_discreet(refusal.value)


def test_secrets_compare_by_value() -> None:
    assert Secret("abc") == Secret("abc")
    assert Secret("abc") != Secret("abd")
    assert Secret("é\ud800") == Secret("é\ud800")
    assert Secret("abc") != "abc"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret("abc"))


def test_a_secret_is_text() -> None:
    with pytest.raises(TypeError, match=r"^Secret takes str, not bytes$") as refusal:
        Secret(MATERIAL["secret"].encode())  # type: ignore[arg-type]
    assert_discreet(refusal.value)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_only_the_signer_reveals() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("reveal", "_reveal"))
        or (isinstance(node, ast.Constant) and node.value == "reveal")
    }
    assert users == {"core/signing.py", "secret.py"}


def test_cryptography_is_never_imported_at_the_top() -> None:
    def at_the_top(path: Path) -> Iterator[str]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""

    client = [path for path in modules() if "simulator" not in path.parts]  # the embedded exchange checks signatures
    assert [path.name for path in client if any(name.startswith("cryptography") for name in at_the_top(path))] == []


# Credentials


def test_hmac() -> None:
    credentials = Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"])
    assert credentials.kind == "HMAC"
    assert credentials.api_key == MATERIAL["api_key"]
    assert isinstance(credentials.signer, HmacSigner)


def test_ed25519() -> None:
    credentials = Credentials.ed25519(MATERIAL["api_key"], MATERIAL["ed25519"])
    assert credentials.kind == "ED25519"
    assert isinstance(credentials.signer, Ed25519Signer)


@pytest.mark.parametrize("name", ["rsa", "rsa_encrypted", "rsa_old_encrypted"])
def test_rsa(name: str) -> None:
    passphrase = MATERIAL["passphrase"] if "encrypted" in name else None
    credentials = Credentials.rsa(MATERIAL["api_key"], MATERIAL[name], passphrase)
    assert credentials.kind == "RSA"
    assert isinstance(credentials.signer, RsaSigner)
    plain = Credentials.rsa(MATERIAL["api_key"], MATERIAL["rsa"])
    assert credentials.signer.sign(b"x") == plain.signer.sign(b"x")


@pytest.mark.parametrize(
    "passphrase",
    [
        lambda: MATERIAL["passphrase"],
        lambda: MATERIAL["passphrase"].encode(),
        lambda: lambda: MATERIAL["passphrase"],
        lambda: lambda: MATERIAL["passphrase"].encode(),
    ],
)
def test_an_encrypted_key(passphrase: Callable[[], Any]) -> None:
    encrypted = Credentials.ed25519(MATERIAL["api_key"], MATERIAL["ed25519_encrypted"], passphrase())
    plain = Credentials.ed25519(MATERIAL["api_key"], MATERIAL["ed25519"])
    assert encrypted.signer.sign(b"x") == plain.signer.sign(b"x")


def test_a_callable_is_asked_only_for_an_encrypted_key() -> None:
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return MATERIAL["passphrase"]

    Credentials.ed25519(MATERIAL["api_key"], MATERIAL["ed25519"], ask)
    assert asked == []
    Credentials.ed25519(MATERIAL["api_key"], MATERIAL["ed25519_encrypted"], passphrase=ask)
    assert asked == [1]


@pytest.mark.parametrize("give", [str, Path, lambda path: path.read_bytes(), lambda path: path.read_text()])
def test_a_key_is_given_as_path_or_text(give: Callable[[Path], Any], key_file: Callable[..., Path]) -> None:
    credentials = Credentials.ed25519(MATERIAL["api_key"], give(key_file("ed25519")))
    assert credentials.signer.sign(b"x") == Credentials.ed25519("k", MATERIAL["ed25519"]).signer.sign(b"x")


def test_a_path_may_begin_at_home(key_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file("ed25519")
    monkeypatch.setenv("HOME", str(path.parent))
    assert Credentials.ed25519("k", f"~/{path.name}").kind == "ED25519"


def test_a_link_to_a_private_file_is_followed(key_file: Callable[..., Path], tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file("ed25519"))
    assert Credentials.ed25519("k", link).kind == "ED25519"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644, 0o777])
def test_an_open_key_file_is_refused(mode: int, key_file: Callable[..., Path]) -> None:
    path = key_file("ed25519", mode)
    refused(lambda: Credentials.ed25519(MATERIAL["api_key"], path), rf"open to group or others \(mode {mode:04o}\)")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_key_file_is_read(mode: int, key_file: Callable[..., Path]) -> None:
    assert Credentials.ed25519("k", key_file("ed25519", mode)).kind == "ED25519"


def test_the_descriptor_is_not_inherited_and_is_closed(
    key_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[int, int]] = []
    real = os.open

    def spy(path: Any, flags: int, *rest: Any) -> int:
        opened.append((real(path, flags, *rest), flags))
        return opened[-1][0]

    path = key_file("ed25519")
    open_to_all = key_file("rsa", 0o644)
    monkeypatch.setattr("binance_async.credentials.os.open", spy)
    Credentials.ed25519("k", path)
    refused(lambda: Credentials.rsa("k", open_to_all), "open to group")
    monkeypatch.undo()
    assert len(opened) == 2
    for descriptor, flags in opened:
        assert flags & os.O_CLOEXEC
        with pytest.raises(OSError):
            os.fstat(descriptor)


def make_hmac(**given: Any) -> Callable[[], object]:
    return lambda: Credentials.hmac(**{"api_key": MATERIAL["api_key"], "secret": MATERIAL["secret"], **given})


def make_pem(kind: str, name: str, passphrase: Any = None) -> Callable[[], object]:
    return lambda: getattr(Credentials, kind)(
        MATERIAL["api_key"],
        MATERIAL.get(name, name),
        MATERIAL.get(passphrase, passphrase) if passphrase else passphrase,
    )


def raising(error: Callable[[str], BaseException]) -> Callable[[], str]:
    def ask() -> str:
        raise error(MATERIAL["passphrase"])

    return ask


BAD: list[tuple[Callable[[], object], str]] = [
    (make_hmac(api_key=""), "^api_key is empty$"),
    *[
        (make_hmac(api_key=text), "^api_key holds white space or a line break$")
        for text in (" ", "key\n", " key", "k e y", "key\t", "key\r\n", "key\u00a0", "\u2028key")
    ],
    *[
        (make_hmac(api_key=text), "^api_key holds a character that no key has$")
        for text in ("é", "币", "k\x00", "k\x7f", "\ud800")
    ],
    *[(make_hmac(api_key=it), f"^api_key takes str, not {type(it).__name__}$") for it in (None, 5, b"key", ["key"])],
    (lambda: Credentials.hmac(MATERIAL["ed25519"], MATERIAL["secret"]), "^api_key holds white space"),
    (make_hmac(secret=""), "^secret is empty$"),
    (lambda: Credentials.hmac("k", MATERIAL["secret"] + "\n"), "^secret holds white space or a line break$"),
    (lambda: Credentials.hmac("k", MATERIAL["surrogate"]), "^secret holds a character that no key has$"),
    (lambda: Credentials.hmac("k", MATERIAL["secret"].encode()), "^secret takes str, not bytes$"),  # type: ignore[arg-type]
    (lambda: Credentials.hmac("k", Secret(MATERIAL["secret"])), "^secret takes str, not Secret$"),  # type: ignore[arg-type]
    *[
        (lambda name=name: Credentials.hmac("k", MATERIAL[name]), "^secret is a PEM, not an HMAC secret")
        for name in ("ed25519", "ed25519_encrypted", "rsa", "openssh", "public")
    ],
    (lambda: Credentials.hmac("k", MATERIAL["no_header"]), "^secret is an Ed25519 private key without its PEM header"),
    (make_hmac(secret="/home/me/key.pem"), "^secret is the name of a key file"),
    (make_pem("ed25519", ""), "^pem_or_path is empty$"),
    (lambda: Credentials.ed25519("k", b""), "^pem_or_path is not the text of a PEM$"),
    (make_pem("ed25519", "two\nlines"), "^pem_or_path is not the text of a PEM$"),
    (make_pem("ed25519", "no_header"), "^pem_or_path: the key file cannot be read: No such file"),
    (make_pem("ed25519", "secret"), "^pem_or_path: the key file cannot be read: No such file"),
    (make_pem("ed25519", "a\0b"), "^pem_or_path is not a path$"),
    (make_pem("ed25519", "surrogate"), "^pem_or_path is not a path$|cannot be read"),
    (lambda: Credentials.ed25519("k", MATERIAL["ed25519"] + "é"), "^pem_or_path is a damaged PEM: it holds characters"),
    (lambda: Credentials.ed25519("k", 5), "^pem_or_path takes str, bytes or a path, not int$"),  # type: ignore[arg-type]
    (lambda: Credentials.ed25519("k", Path(MATERIAL["ed25519"])), "^pem_or_path is the text of a PEM where the path"),
    (make_pem("ed25519", "/"), "^pem_or_path: not a regular file$"),
    (make_pem("ed25519", "/dev/null"), "^pem_or_path: not a regular file$"),
    (make_pem("ed25519", "rsa"), "^pem_or_path holds a key of the kind RSA, not ED25519$"),
    (make_pem("ed25519", "rsa_encrypted", "passphrase"), "^pem_or_path holds a key of the kind RSA, not ED25519$"),
    (make_pem("rsa", "ed25519"), "^pem_or_path holds a key of the kind ED25519, not RSA$"),
    (make_pem("rsa", "ec"), "^pem_or_path holds a key of the kind .*, not RSA$"),
    (make_pem("rsa", "rsa_1024"), "^pem_or_path holds an RSA key of 1024 bits; 2048 is the least$"),
    (make_pem("ed25519", "public"), "^pem_or_path holds the public half"),
    (make_pem("ed25519", "openssh"), "^pem_or_path holds an OpenSSH key; PKCS#8 is needed"),
    (make_pem("ed25519", "damaged"), "^pem_or_path is a damaged PEM$"),
    (make_pem("ed25519", "unknown"), "^pem_or_path: the key is of a kind, or encrypted in a way, that is not known$"),
    (make_pem("rsa", "cut"), "^pem_or_path is a damaged PEM$"),
    (make_pem("ed25519", "ed25519_encrypted"), "^the key in pem_or_path is encrypted: passphrase is needed$"),
    (make_pem("rsa", "rsa_old_encrypted"), "^the key in pem_or_path is encrypted: passphrase is needed$"),
    (make_pem("ed25519", "ed25519_encrypted", "wrong"), "^pem_or_path: wrong passphrase, or a damaged key$"),
    (make_pem("rsa", "rsa_encrypted", "wrong"), "^pem_or_path: wrong passphrase, or a damaged key$"),
    (make_pem("rsa", "rsa_old_encrypted", "wrong"), "^pem_or_path: wrong passphrase, or a damaged key$"),
    (make_pem("ed25519", "ed25519_encrypted", lambda: MATERIAL["wrong"]), "^pem_or_path: wrong passphrase"),
    (make_pem("ed25519", "ed25519_encrypted", "surrogate"), "^passphrase is not valid Unicode text$"),
    (make_pem("ed25519", "ed25519_encrypted", b""), "^passphrase is empty$"),
    (make_pem("ed25519", "ed25519_encrypted", lambda: ""), "^passphrase is empty$"),
    (make_pem("ed25519", "ed25519_encrypted", 5), "^passphrase takes str or bytes, not int$"),
    (make_pem("ed25519", "ed25519_encrypted", lambda: None), "^passphrase takes str or bytes, not NoneType$"),
    (make_pem("ed25519", "ed25519_encrypted", raising(KeyError)), "^passphrase: the callable raised KeyError$"),
    (
        make_pem("ed25519", "ed25519", "passphrase"),
        "^passphrase is given, but the key in pem_or_path is not encrypted$",
    ),
    (lambda: Credentials(MATERIAL["secret"]), "^make Credentials with"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "match"), BAD)
def test_a_bad_key_is_refused_without_showing_it(make: Callable[[], object], match: str) -> None:
    error = refused(make, match)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_long_file_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_text("-----BEGIN PRIVATE KEY-----\n" + "A" * 70_000)
    path.chmod(0o600)
    refused(lambda: Credentials.ed25519("k", path), "^pem_or_path: the file is too long for a key$")


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path, 0o600)
    refused(lambda: Credentials.ed25519("k", path), "^pem_or_path: not a regular file$")


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_key_that_does_not_verify_what_it_signs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Ed25519Signer if kind == "ed25519" else RsaSigner
    real = signer.sign
    monkeypatch.setattr(signer, "sign", lambda self, payload: real(self, payload + b"!"))
    refused(make_pem(kind, kind), "^pem_or_path: the key does not verify what it signs$")


def test_an_interrupt_stays_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        make_pem("ed25519", "ed25519_encrypted", raising(lambda _: KeyboardInterrupt()))()
    assert_discreet(caught.value)


def test_forgotten_arguments() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'secret'") as caught:
        Credentials.hmac(MATERIAL["secret"])  # type: ignore[call-arg]
    assert_discreet(caught.value)
    with pytest.raises(TypeError) as caught:
        Credentials(MATERIAL["api_key"], MATERIAL["secret"])  # type: ignore[call-arg, arg-type]
    assert_discreet(caught.value)


@pytest.mark.parametrize("kind", ["hmac", "ed25519", "rsa"])
def test_credentials_do_not_show(kind: str) -> None:
    last = MATERIAL["secret" if kind == "hmac" else kind]
    credentials = getattr(Credentials, kind)(MATERIAL["api_key"], last)
    del last
    assert repr(credentials) == f"<Credentials {kind.upper()}, key {fingerprint(MATERIAL['api_key'])}>"
    shown = [
        repr(credentials),
        str(credentials),
        f"{credentials}",
        pprint.pformat(credentials),
        repr(credentials.signer),
    ]
    private = [
        repr(member)
        for it in (credentials, credentials.signer)
        for name, member in inspect.getmembers(it)
        if name != "api_key"
    ]
    assert leaks(*shown, *private) == []
    for it in (credentials, credentials.signer):
        with pytest.raises(TypeError):
            vars(it)


def test_half_made_objects_can_be_shown() -> None:
    """A traceback with locals calls repr on an object whose constructor failed."""
    with pytest.raises(AttributeError) as caught:
        HmacSigner(MATERIAL["api_key"], None)  # type: ignore[arg-type]
    assert "Signer of key" in "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )


# The environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name in list(os.environ):
        if name.startswith(("BINANCE_", "BOT_")):
            monkeypatch.delenv(name)

    def put(prefix: str = "BINANCE_", **values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(prefix + name, MATERIAL.get(value, value))

    return put


def same_signature(credentials: Credentials, other: Credentials) -> bool:
    return credentials.kind == other.kind and credentials.signer.sign(b"x") == other.signer.sign(b"x")


@pytest.mark.parametrize("stated", [None, "HMAC", "hmac", ""])
def test_hmac_from_the_environment(stated: str | None, environment: Callable[..., None]) -> None:
    environment(API_KEY="api_key", API_SECRET="secret", **({} if stated is None else {"KEY_TYPE": stated}))
    credentials = Credentials.from_env()
    assert credentials.api_key == MATERIAL["api_key"]
    assert same_signature(credentials, Credentials.hmac(MATERIAL["api_key"], MATERIAL["secret"]))


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("stated", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("in_file", [False, True])
def test_private_key_from_the_environment(
    kind: str,
    stated: bool,
    encrypted: bool,
    in_file: bool,
    environment: Callable[..., None],
    key_file: Callable[..., Path],
) -> None:
    name = f"{kind}_encrypted" if encrypted else kind
    environment("BOT_", API_KEY="api_key")
    environment("BOT_", **({"PRIVATE_KEY_FILE": str(key_file(name))} if in_file else {"PRIVATE_KEY": name}))
    environment(
        "BOT_", **({"KEY_TYPE": kind.upper()} if stated else {}), **({"PASSPHRASE": "passphrase"} if encrypted else {})
    )
    credentials = Credentials.from_env("BOT_")
    assert same_signature(credentials, getattr(Credentials, kind)(MATERIAL["api_key"], MATERIAL[kind]))


def test_line_breaks_may_be_written_out(environment: Callable[..., None]) -> None:
    environment(API_KEY="api_key", PRIVATE_KEY=MATERIAL["ed25519"].replace("\n", "\\n"))
    assert Credentials.from_env().kind == "ED25519"


BAD_ENVIRONMENTS: list[tuple[dict[str, str], str]] = [
    ({}, "^BINANCE_API_KEY is not set$"),
    ({"API_KEY": "", "API_SECRET": "secret"}, "^BINANCE_API_KEY is not set$"),
    ({"API_KEY": "api_key"}, "^none of BINANCE_API_SECRET, BINANCE_PRIVATE_KEY, BINANCE_PRIVATE_KEY_FILE is set$"),
    ({"API_KEY": "api_key", "API_SECRET": ""}, "^none of BINANCE_API_SECRET, "),
    (
        {"API_KEY": "api_key", "API_SECRET": "secret", "PRIVATE_KEY": "ed25519"},
        "^BINANCE_API_SECRET and BINANCE_PRIVATE_KEY are set; only one of them can be meant$",
    ),
    ({"API_KEY": "a b", "API_SECRET": "secret"}, "^BINANCE_API_KEY holds white space"),
    ({"API_KEY": "api_key", "API_SECRET": "a b"}, "^BINANCE_API_SECRET holds white space"),
    ({"API_KEY": "api_key", "API_SECRET": "surrogate"}, "^BINANCE_API_SECRET holds a character"),
    ({"API_KEY": "api_key", "API_SECRET": "ed25519"}, "^BINANCE_API_SECRET is a PEM"),
    (
        {"API_KEY": "api_key", "API_SECRET": "secret", "KEY_TYPE": "ED25519"},
        "^BINANCE_KEY_TYPE does not fit BINANCE_API_SECRET$",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ed25519", "KEY_TYPE": "HMAC"},
        "^BINANCE_KEY_TYPE does not fit BINANCE_PRIVATE_KEY$",
    ),
    (
        {"API_KEY": "api_key", "API_SECRET": "secret", "KEY_TYPE": "secret"},
        "^BINANCE_KEY_TYPE takes HMAC, ED25519, RSA$",
    ),
    (
        {"API_KEY": "api_key", "API_SECRET": "secret", "PASSPHRASE": "passphrase"},
        "^BINANCE_PASSPHRASE is set, but BINANCE_API_SECRET",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "secret"},
        "^BINANCE_PRIVATE_KEY is not the text of a PEM; the path of one belongs into BINANCE_PRIVATE_KEY_FILE$",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY_FILE": "secret"},
        "^BINANCE_PRIVATE_KEY_FILE: the key file cannot be read: No such file",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY_FILE": "ed25519"},
        "^BINANCE_PRIVATE_KEY_FILE is the text of a PEM where the path",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ed25519", "KEY_TYPE": "RSA"},
        "^BINANCE_PRIVATE_KEY holds a key of the kind ED25519, not RSA$",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ec"},
        "^BINANCE_PRIVATE_KEY holds a key of the kind .*, not ED25519 or RSA$",
    ),
    ({"API_KEY": "api_key", "PRIVATE_KEY": "rsa_1024"}, "^BINANCE_PRIVATE_KEY holds an RSA key of 1024 bits"),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ed25519_encrypted"},
        "^the key in BINANCE_PRIVATE_KEY is encrypted: BINANCE_PASSPHRASE is needed$",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ed25519_encrypted", "PASSPHRASE": "wrong"},
        "^BINANCE_PRIVATE_KEY: wrong BINANCE_PASSPHRASE",
    ),
    (
        {"API_KEY": "api_key", "PRIVATE_KEY": "ed25519", "PASSPHRASE": "passphrase"},
        "^BINANCE_PASSPHRASE is given, but the key in BINANCE_PRIVATE_KEY is not",
    ),
    ({"API_KEY": "api_key", "PRIVATE_KEY": "damaged"}, "^BINANCE_PRIVATE_KEY is a damaged PEM$"),
]


@pytest.mark.parametrize(("values", "match"), BAD_ENVIRONMENTS)
def test_a_bad_environment_is_refused_by_the_name_of_its_variable(
    values: dict[str, str], match: str, environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "surrogate" in values.values():  # no byte decodes to this one, so the environment cannot hold it
        monkeypatch.setitem(MATERIAL, "surrogate", MATERIAL["surrogate"].replace("\ud800", "\udcff"))
    environment(**values)
    refused(Credentials.from_env, match)


# Everything against everything


ENVIRONMENT = ["API_KEY", "API_SECRET", "PRIVATE_KEY", "PRIVATE_KEY_FILE", "KEY_TYPE", "PASSPHRASE"]


def attempt(which: str, names: list[str], patch: pytest.MonkeyPatch) -> object:
    """Its locals are names alone: the frame is part of the traceback that is scanned."""
    first, second, third = names
    if which == "hmac":
        return Credentials.hmac(value(first), value(second))
    if which == "from_env":
        for variable, name in zip(random.Random("".join(names)).sample(ENVIRONMENT, 3), names, strict=True):
            patch.setenv(f"BINANCE_{variable}", value(name).replace("\ud800", "\udcff"))
        return Credentials.from_env()
    if len(first) % 2:
        return getattr(Credentials, which)(value(first), value(second), lambda: value(third))
    return getattr(Credentials, which)(value(first), value(second), value(third) or None)


def value(name: str) -> str:
    return MATERIAL.get(name, name)


def test_no_canary_in_any_failure(environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Any of the texts in any place: what fails, fails without showing one."""
    pick = random.Random(50)
    anything = [*MATERIAL, "", "\n"]
    failures: Counter[str] = Counter()
    for _ in range(1000):
        names = [pick.choice(["api_key", pick.choice(anything)]), *pick.choices(anything, k=2)]
        with monkeypatch.context() as patch:
            try:
                attempt(pick.choice(["hmac", "ed25519", "rsa", "from_env"]), names, patch)
            except InvalidCredentials as error:
                failures[str(error)] += 1
                assert_discreet(error)
    assert failures.total() > 700
    assert len(failures) > 30
