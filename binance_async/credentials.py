"""Keys: read, checked and tried once, so that a wrong one fails where it is given and not at the first order.

Three kinds of key exist. Ed25519 is the one to choose: quick, and the only one that logs a WebSocket API session on.
RSA and HMAC serve as well; the exchange calls HMAC deprecated. The kind is always stated, by the constructor or by
the environment variables, and a private key has to be of it and has to sign and verify a test text. Nothing is
guessed: a PEM that turned into an HMAC secret by mistake would sign happily and be refused for ever.

An error here says which argument (or environment variable) is wrong and why, never what it holds, not even a path,
since a key pasted into the wrong place looks like one. It leaves without the frames and causes from within, because
a traceback that prints locals would show the key there. What the caller's own frames hold is the caller's.

After construction the text of a key is kept nowhere: a signer holds the key object of the library that signs.
"""

from __future__ import annotations

import functools
import os
import stat
from binascii import a2b_base64
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast, final

from binance_async.core.signing import Ed25519Signer, HmacSigner, KeyKind, RsaSigner, Signer, fingerprint
from binance_async.errors import InvalidCredentials
from binance_async.secret import Sealed, Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["Credentials", "Passphrase", "PemOrPath", "Secret"]

Passphrase = str | bytes | Callable[[], str | bytes] | None
PemOrPath = str | bytes | os.PathLike[str]

_KINDS: dict[str, KeyKind] = {"HMAC": "HMAC", "ED25519": "ED25519", "RSA": "RSA"}
_MIN_RSA_BITS = 2048  # the exchange takes 2048 and 4096
_MAX_KEY_FILE = 65_536  # a private key of 4096 bits has 3.3 KB
_PROBE = b"binance_async tries a key"
# What every Ed25519 private key in DER begins with, in base64. Such a text has 64 characters, as an HMAC secret has.
_ED25519_DER = "MC4CAQAwBQYDK2VwBCIEI"

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _without_trace(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let an error leave without the frames below, whose locals hold keys, and without what caused it."""

    @functools.wraps(make)
    def made(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return make(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            del args, kwargs
            error.__context__ = None
            raise error.with_traceback(None) from None

    return made


@final
class Credentials(Sealed):
    """An api key and what signs for it. Immutable, not pickled, and shown as its kind and a fingerprint."""

    __slots__ = ("signer",)
    signer: Signer

    @_without_trace
    def __init__(self, signer: Signer) -> None:
        if not _is_a(signer, Signer):
            raise InvalidCredentials("make Credentials with .hmac, .ed25519, .rsa or .from_env")
        object.__setattr__(self, "signer", signer)

    @classmethod
    @_without_trace
    def hmac(cls, api_key: str, secret: str) -> Credentials:
        """An HMAC key: the secret as the exchange showed it once."""
        return cls(_hmac_signer(api_key, secret, "api_key", "secret"))

    @classmethod
    @_without_trace
    def ed25519(cls, api_key: str, pem_or_path: PemOrPath, passphrase: Passphrase = None) -> Credentials:
        """An Ed25519 key, from PEM text or from a PEM file that only its owner can read.

        `passphrase` belongs to an encrypted PEM; a callable is asked only for one that is encrypted.
        """
        pem = _pem(pem_or_path, "pem_or_path")
        return cls(_pem_signer("ED25519", api_key, pem, passphrase, ("api_key", "pem_or_path", "passphrase")))

    @classmethod
    @_without_trace
    def rsa(cls, api_key: str, pem_or_path: PemOrPath, passphrase: Passphrase = None) -> Credentials:
        """An RSA key of at least 2048 bits, given as for `ed25519`."""
        pem = _pem(pem_or_path, "pem_or_path")
        return cls(_pem_signer("RSA", api_key, pem, passphrase, ("api_key", "pem_or_path", "passphrase")))

    @classmethod
    @_without_trace
    def from_env(cls, prefix: str = "BINANCE_") -> Credentials:
        r"""The key that the environment names.

        `<prefix>API_KEY`, and one of `<prefix>API_SECRET` (HMAC), `<prefix>PRIVATE_KEY` (PEM text; its line breaks
        may be written as `\n`) and `<prefix>PRIVATE_KEY_FILE`. Optional: `<prefix>KEY_TYPE` (`HMAC`, `ED25519` or
        `RSA`; otherwise a private key says itself what it is) and `<prefix>PASSPHRASE`. An empty variable counts as
        not set. No `.env` file is looked for.
        """
        return cls(_signer_of_environment(prefix))

    @property
    def api_key(self) -> str:
        """The api key, as the header or parameter of a request needs it."""
        return self.signer.api_key

    @property
    def kind(self) -> KeyKind:
        """`HMAC`, `ED25519` or `RSA`."""
        return self.signer.kind

    def __repr__(self) -> str:
        return f"<Credentials {self.kind}, key {fingerprint(self.api_key)}>"


def _signer_of_environment(prefix: str) -> Signer:
    api_key_name = f"{prefix}API_KEY"
    api_key = os.environ.get(api_key_name)
    if not api_key:
        raise InvalidCredentials(f"{api_key_name} is not set")
    source = _one_source(prefix)
    value = os.environ[source]
    kind = _stated_kind(f"{prefix}KEY_TYPE", source, hmac=source == f"{prefix}API_SECRET")
    passphrase_name = f"{prefix}PASSPHRASE"
    passphrase = os.environ.get(passphrase_name) or None
    if kind == "HMAC":
        if passphrase:
            raise InvalidCredentials(f"{passphrase_name} is set, but {source} is an HMAC secret, which has none")
        return _hmac_signer(api_key, value, api_key_name, source)
    pem = _file(value, source) if source == f"{prefix}PRIVATE_KEY_FILE" else _text_of_variable(value, source)
    return _pem_signer(kind, api_key, pem, passphrase, (api_key_name, source, passphrase_name))


def _one_source(prefix: str) -> str:
    names = [f"{prefix}API_SECRET", f"{prefix}PRIVATE_KEY", f"{prefix}PRIVATE_KEY_FILE"]
    given = [name for name in names if os.environ.get(name)]
    if not given:
        raise InvalidCredentials(f"none of {', '.join(names)} is set")
    if len(given) > 1:
        raise InvalidCredentials(f"{' and '.join(given)} are set; only one of them can be meant")
    return given[0]


def _stated_kind(name: str, source: str, *, hmac: bool) -> KeyKind | None:
    """The kind that the environment states; None for a private key that is to say it itself."""
    stated = os.environ.get(name, "").upper()
    if not stated:
        return "HMAC" if hmac else None
    kind = _KINDS.get(stated)
    if kind is None:
        raise InvalidCredentials(f"{name} takes {', '.join(_KINDS)}")
    if (kind == "HMAC") != hmac:
        raise InvalidCredentials(f"{name} does not fit {source}")
    return kind


def _text_of_variable(value: str, name: str) -> bytes:
    # Files of variables (Docker's, for one) cannot hold line breaks, so the two characters `\n` stand for one.
    if "-----BEGIN" not in value:
        raise InvalidCredentials(f"{name} is not the text of a PEM; the path of one belongs into {name}_FILE")
    return _pem_bytes(value if "\n" in value else value.replace("\\n", "\n"), name)


def _hmac_signer(api_key: str, secret: str, api_key_name: str, name: str) -> Signer:
    _check_token(api_key, api_key_name)
    if _is_a(secret, str):
        if "-----BEGIN" in secret:
            raise InvalidCredentials(f"{name} is a PEM, not an HMAC secret: state Ed25519 or RSA")
        if secret.startswith(_ED25519_DER):
            raise InvalidCredentials(f"{name} is an Ed25519 private key without its PEM header, not an HMAC secret")
        if secret.endswith((".pem", ".key")):
            raise InvalidCredentials(f"{name} is the name of a key file, not an HMAC secret: state Ed25519 or RSA")
    _check_token(secret, name)
    return HmacSigner(api_key, Secret(secret))


def _check_token(value: str, name: str) -> None:
    """What holds for an api key and for an HMAC secret."""
    if not _is_a(value, str):
        raise InvalidCredentials(f"{name} takes str, not {type(value).__name__}")
    if not value:
        raise InvalidCredentials(f"{name} is empty")
    if any(character.isspace() for character in value):
        raise InvalidCredentials(f"{name} holds white space or a line break")
    if not (value.isascii() and value.isprintable()):
        raise InvalidCredentials(f"{name} holds a character that no key has")


def _pem(pem_or_path: PemOrPath, name: str) -> bytes:
    if isinstance(pem_or_path, bytes):
        return _pem_bytes(pem_or_path.decode("latin-1"), name)
    if not isinstance(pem_or_path, str):
        return _file(pem_or_path, name)
    if not pem_or_path:
        raise InvalidCredentials(f"{name} is empty")
    if "-----BEGIN" in pem_or_path or "\n" in pem_or_path:
        return _pem_bytes(pem_or_path, name)
    return _file(pem_or_path, name)


def _pem_bytes(text: str, name: str) -> bytes:
    if "-----BEGIN" not in text:
        raise InvalidCredentials(f"{name} is not the text of a PEM")
    if not text.isascii():
        raise InvalidCredentials(f"{name} is a damaged PEM: it holds characters beyond ASCII")
    return text.encode("ascii")


def _file(path: str | os.PathLike[str], name: str) -> bytes:
    if not _is_a(path, (str, os.PathLike)):
        raise InvalidCredentials(f"{name} takes str, bytes or a path, not {type(path).__name__}")
    if "-----BEGIN" in str(path):
        raise InvalidCredentials(f"{name} is the text of a PEM where the path of a file belongs")
    content = _read_private(_opened(path, name), name)
    if len(content) > _MAX_KEY_FILE:
        raise InvalidCredentials(f"{name}: the file is too long for a key")
    return _pem_bytes(content.decode("latin-1"), name)


def _opened(path: str | os.PathLike[str], name: str) -> int:
    """A descriptor that child processes do not inherit."""
    # Without O_NONBLOCK, opening a FIFO would wait for a writer. Windows has neither of the flags.
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        return os.open(os.path.expanduser(path), flags)  # noqa: PTH111 - Path would normalise the text
    except OSError as error:
        raise InvalidCredentials(f"{name}: the key file cannot be read: {error.strerror}") from None
    except ValueError:  # a null character, or a lone surrogate
        raise InvalidCredentials(f"{name} is not a path") from None


def _read_private(descriptor: int, name: str) -> bytes:
    """The file, if nobody but its owner can read it."""
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise InvalidCredentials(f"{name}: not a regular file")
        if os.name == "posix" and mode & 0o077:
            raise InvalidCredentials(
                f"{name}: the key file is open to group or others (mode {stat.S_IMODE(mode):04o}); make it 0600"
            )
        return os.read(descriptor, _MAX_KEY_FILE + 1)
    finally:
        os.close(descriptor)


def _pem_signer(
    kind: KeyKind | None, api_key: str, pem: bytes, passphrase: Passphrase, names: tuple[str, str, str]
) -> Signer:
    """The signer of a private key, after it proved itself. Without a `kind`, the key's own."""
    api_key_name, name, passphrase_name = names
    _check_token(api_key, api_key_name)
    key = _load(pem, passphrase, name, passphrase_name)
    found = _kind_of(key)
    if found not in ("ED25519", "RSA") or (kind is not None and found != kind):
        raise InvalidCredentials(f"{name} holds a key of the kind {found}, not {kind or 'ED25519 or RSA'}")
    return _ed25519_signer(api_key, key, name) if found == "ED25519" else _rsa_signer(api_key, key, name)


def _load(pem: bytes, passphrase: Passphrase, name: str, passphrase_name: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    _check_header(pem, name)
    encrypted = b"ENCRYPTED" in pem  # `BEGIN ENCRYPTED PRIVATE KEY`, or the older `Proc-Type: 4,ENCRYPTED`
    password = _password(passphrase, passphrase_name, name, encrypted=encrypted)
    try:
        return load_pem_private_key(pem, password)
    except UnsupportedAlgorithm:
        raise InvalidCredentials(f"{name}: the key is of a kind, or encrypted in a way, that is not known") from None
    except (ValueError, TypeError):
        if encrypted:
            raise InvalidCredentials(f"{name}: wrong {passphrase_name}, or a damaged key") from None
        raise InvalidCredentials(f"{name} is a damaged PEM") from None


def _check_header(pem: bytes, name: str) -> None:
    header = pem[pem.index(b"-----BEGIN") :].partition(b"\n")[0]
    if b"PUBLIC KEY" in header or b"CERTIFICATE" in header:
        raise InvalidCredentials(f"{name} holds the public half; the private key signs")
    if b"OPENSSH" in header:
        raise InvalidCredentials(f"{name} holds an OpenSSH key; PKCS#8 is needed, as `openssl genpkey` writes it")


def _password(passphrase: Passphrase, passphrase_name: str, name: str, *, encrypted: bool) -> bytes | None:
    if not encrypted:
        if passphrase is None or callable(passphrase):
            return None
        raise InvalidCredentials(f"{passphrase_name} is given, but the key in {name} is not encrypted")
    if passphrase is None:
        raise InvalidCredentials(f"the key in {name} is encrypted: {passphrase_name} is needed")
    answer = _asked(passphrase, passphrase_name) if callable(passphrase) else passphrase
    if not _is_a(answer, (str, bytes)):
        raise InvalidCredentials(f"{passphrase_name} takes str or bytes, not {type(answer).__name__}")
    if not answer:
        raise InvalidCredentials(f"{passphrase_name} is empty")
    try:
        return answer.encode() if isinstance(answer, str) else answer
    except UnicodeEncodeError:
        raise InvalidCredentials(f"{passphrase_name} is not valid Unicode text") from None


def _asked(passphrase: Callable[[], str | bytes], name: str) -> str | bytes:
    try:
        return passphrase()
    except Exception as error:  # noqa: BLE001 - the caller's code; its error may quote the passphrase
        raise InvalidCredentials(f"{name}: the callable raised {type(error).__name__}") from None


def _kind_of(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(key, Ed25519PrivateKey):
        return "ED25519"
    return "RSA" if isinstance(key, RSAPrivateKey) else type(key).__name__.removesuffix("PrivateKey")


def _ed25519_signer(api_key: str, key: object, name: str) -> Signer:
    private = cast("Ed25519PrivateKey", key)
    signer = Ed25519Signer(api_key, private)
    verify = private.public_key().verify
    _prove(lambda: verify(a2b_base64(signer.sign(_PROBE)), _PROBE), name)
    return signer


def _rsa_signer(api_key: str, key: object, name: str) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    private = cast("RSAPrivateKey", key)
    if private.key_size < _MIN_RSA_BITS:
        raise InvalidCredentials(f"{name} holds an RSA key of {private.key_size} bits; {_MIN_RSA_BITS} is the least")
    signer = RsaSigner(api_key, private)
    verify = private.public_key().verify
    _prove(lambda: verify(a2b_base64(signer.sign(_PROBE)), _PROBE, PKCS1v15(), SHA256()), name)
    return signer


def _prove(verify: Callable[[], None], name: str) -> None:
    from cryptography.exceptions import InvalidSignature

    try:
        verify()
    except InvalidSignature:
        raise InvalidCredentials(f"{name}: the key does not verify what it signs") from None


def _is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    """`isinstance`, for arguments that callers without a type checker get wrong."""
    return isinstance(value, kind)
