"""Comment recevoir un fichier d'un serveur dont rien n'est sûr ? Reprises, délais, limites.

Un refus passager (délai, coupure, 429, 5xx) est réessayé ; une coupure reprend où elle en était
(`Range`, `If-Range`) si le serveur donne de quoi prouver que le fichier n'a pas changé. Le reste
échoue en une phrase.
"""

import json
import ssl
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urljoin

import httpx
from tqdm import tqdm

from commerce import ErreurDonnees

DELAI_S = 60
ESSAIS = 4
PAUSE_S = 2.0
PAUSE_MAX_S = 30.0
DUREE_MAX_S = 3600
TAILLE_MAX_OCTETS = 2 * 2**30
REPONSE_MAX_OCTETS = 20_000_000
REDIRECTIONS_MAX = 5
ENTETES = {"User-Agent": "fiches-commerce-exterieur", "Accept-Encoding": "identity"}


class EchecReseau(ErreurDonnees):
    """Le réseau, le serveur ou le disque n'ont pas permis d'obtenir un fichier."""


class _Passager(Exception):
    """Échec qui mérite un nouvel essai ; `attendre_s` vient de l'en-tête Retry-After."""

    def __init__(self, raison: str, attendre_s: float = 0):
        super().__init__(raison)
        self.attendre_s = attendre_s


class Serveur:
    """Un serveur qui parle l'API de data.gouv.fr, et les serveurs de fichiers qu'il désigne."""

    def __init__(self, base_url: str, delai_s: float = DELAI_S):
        self.base_url = base_url
        self.delai_s = delai_s
        self._client = httpx.Client(
            headers=ENTETES,
            timeout=delai_s,
            follow_redirects=True,
            max_redirects=REDIRECTIONS_MAX,
            event_hooks={"response": [_refuser_de_perdre_le_chiffrement]},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.close()

    def json(self, chemin: str) -> object:
        """Réponse JSON de l'API ; `EchecReseau` si le serveur ne répond pas du JSON."""
        url = urljoin(self.base_url, chemin)

        def demander() -> bytes:
            with self._client.stream("GET", url) as reponse:
                self._controler(reponse)
                recus = bytearray()
                for bloc in reponse.iter_bytes():
                    recus += bloc
                    if len(recus) > REPONSE_MAX_OCTETS:
                        raise EchecReseau(
                            f"{url} : plus de {REPONSE_MAX_OCTETS // 10**6} Mo, ce n'est pas une "
                            "réponse de l'API"
                        )
                return bytes(recus)

        contenu = self._insister(url, demander)
        try:
            return json.loads(contenu)
        except (ValueError, RecursionError) as erreur:
            raise EchecReseau(
                f"{url} n'a pas répondu du JSON (portail d'accès au réseau, ou autre service)"
            ) from erreur

    def recevoir(
        self, urls: Iterable[str], fichier: Path, conditions: dict[str, str]
    ) -> tuple[httpx.Headers, str] | None:
        """Écrit dans `fichier` ce que donne la première adresse qui répond.

        Rend ses en-têtes et l'adresse d'où le fichier est vraiment venu, redirections suivies.
        None si le serveur répond que rien n'a changé (`conditions` If-None-Match,
        If-Modified-Since). Lève `EchecReseau`.
        """
        echec = None
        for url in urls:
            absolue, reprise = urljoin(self.base_url, url), {}
            fichier.unlink(missing_ok=True)
            try:
                return self._insister(
                    absolue, lambda u=absolue, r=reprise: self._flux(u, fichier, conditions, r)
                )
            except EchecReseau as suivant:
                echec = echec or suivant
        raise echec or EchecReseau(f"{fichier.name} n'a pas d'adresse de téléchargement")

    def _insister(self, url: str, demander):
        for essai in range(1, ESSAIS + 1):
            attendre_s = 0.0
            try:
                return demander()
            except _Passager as passager:
                raison, attendre_s = str(passager), passager.attendre_s
            except httpx.TimeoutException:
                raison = f"aucune réponse en {self.delai_s:g} s".replace(".", ",")
            except (httpx.TooManyRedirects, httpx.UnsupportedProtocol, httpx.InvalidURL) as erreur:
                raise EchecReseau(f"{url} : adresse ou redirection refusée") from erreur
            except httpx.ConnectError as erreur:
                if certificat := _certificat_refuse(erreur):
                    raise EchecReseau(f"{url} : {certificat}") from erreur
                raison = "serveur injoignable (réseau coupé, proxy ou pare-feu)"
            except httpx.TransportError:
                raison = "connexion coupée"
            if essai < ESSAIS:
                time.sleep(min(attendre_s or PAUSE_S * 2 ** (essai - 1), PAUSE_MAX_S))
        raise EchecReseau(f"{url} : {raison}, après {ESSAIS} essais")

    def _flux(self, url: str, fichier: Path, conditions: dict, reprise: dict):
        """Un essai. `reprise` garde entre deux essais la preuve que le fichier est le même."""
        deja = fichier.stat().st_size if fichier.exists() else 0
        entetes = dict(conditions)
        if deja and reprise.get("preuve"):
            entetes = {"Range": f"bytes={deja}-", "If-Range": reprise["preuve"]}
        with self._client.stream("GET", url, headers=entetes) as reponse:
            if reponse.status_code == httpx.codes.NOT_MODIFIED and conditions:
                return None
            self._controler(reponse)
            suite = reponse.status_code == httpx.codes.PARTIAL_CONTENT
            if suite and not reponse.headers.get("content-range", "").startswith(f"bytes {deja}-"):
                fichier.unlink()
                raise _Passager("reprise incohérente")
            etag = reponse.headers.get("etag", "")
            forte = "" if etag.startswith("W/") else etag
            reprise["preuve"] = forte or reponse.headers.get("last-modified", "")
            self._ecrire(reponse, fichier, deja if suite else 0)
            return reponse.headers, str(reponse.url)

    def _ecrire(self, reponse: httpx.Response, fichier: Path, deja: int) -> None:
        attendus = int(reponse.headers.get("content-length") or 0) + deja
        limite_s = time.monotonic() + DUREE_MAX_S
        with (
            fichier.open("ab" if deja else "wb") as sortie,
            tqdm(
                desc=fichier.name,
                initial=deja,
                total=attendus or None,
                unit="o",
                unit_scale=True,
                disable=None,
                leave=False,
            ) as barre,
        ):
            # Sans taille de bloc : httpx garderait pour lui ce qui précède une coupure.
            for bloc in reponse.iter_raw():
                sortie.write(bloc)
                barre.update(len(bloc))
                if sortie.tell() > TAILLE_MAX_OCTETS:
                    raise EchecReseau(f"{reponse.url} : plus de 2 Gio, ce n'est pas un tel fichier")
                if time.monotonic() > limite_s:
                    raise EchecReseau(f"{reponse.url} : plus d'une heure, le serveur est trop lent")

    def _controler(self, reponse: httpx.Response) -> None:
        code = reponse.status_code
        if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
            attente = reponse.headers.get("retry-after", "")
            raise _Passager(f"le serveur répond {code}", float(attente) if attente.isdigit() else 0)
        if code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            nom = "introuvable" if code in (404, 410) else "demande refusée"
            raise EchecReseau(f"{reponse.url} : {nom} ({code})")


def _refuser_de_perdre_le_chiffrement(reponse: httpx.Response) -> None:
    """Refuse d'aller d'une adresse chiffrée à une qui ne l'est pas : qui l'entend la changerait."""
    vers = urljoin(str(reponse.url), reponse.headers.get("location", ""))
    chiffree = reponse.url.scheme == "https"
    if chiffree and reponse.has_redirect_location and not vers.lower().startswith("https:"):
        raise EchecReseau(
            f"{reponse.url} : redirection refusée vers une adresse non chiffrée ({vers})"
        )


def _certificat_refuse(erreur: BaseException | None) -> str:
    """Ce que l'on reproche au certificat du serveur, ou "" si l'échec vient d'ailleurs."""
    while erreur and not isinstance(erreur, ssl.SSLError):
        erreur = erreur.__cause__ or erreur.__context__
    if erreur is None:
        return ""
    motif = getattr(erreur, "verify_message", "") or erreur.reason or "échange chiffré impossible"
    return (
        f"certificat du serveur refusé ({motif}) ; vérifier la date de la machine, et si le réseau "
        "passe par un proxy, donner son autorité de certification par la variable SSL_CERT_FILE"
    )
