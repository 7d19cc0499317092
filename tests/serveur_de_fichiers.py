"""Un serveur sur la boucle locale qui joue l'API de data.gouv.fr et son hébergeur de fichiers."""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DOUANES = "/api/1/datasets/5369a0c7a3a729239d206446/"
TERRITOIRES = "/api/1/datasets/programme-territoires-dindustrie/"


class Reponse(BaseHTTPRequestHandler):
    """Une requête : le scénario du chemin décide, à défaut 404."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requetes.append((self.path, dict(self.headers)))
        scenario = self.server.scenarios.get(self.path)
        if scenario is None:
            return self.repondre(404, b"absent")
        if isinstance(scenario, list):
            scenario = scenario.pop(0) if len(scenario) > 1 else scenario[0]
        return scenario(self)

    def repondre(self, code=200, corps=b"", couper_a=None, **entetes):
        self.send_response(code)
        for nom, valeur in ({"Content-Length": len(corps)} | entetes).items():
            self.send_header(nom.replace("_", "-"), str(valeur))
        self.end_headers()
        self.wfile.write(corps[:couper_a])
        if couper_a is not None:
            self.close_connection = True

    def log_message(self, *_):
        """Rien sur la sortie d'erreur."""


class Hebergeur(ThreadingHTTPServer):
    """Scénarios par chemin et requêtes reçues. `attente` retient les réponses lentes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Reponse)
        self.scenarios: dict[str, Callable | list[Callable]] = {}
        self.requetes: list[tuple[str, dict]] = []
        self.attente = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def demandes(self, chemin: str) -> list[dict]:
        """En-têtes des requêtes reçues pour ce chemin, dans l'ordre."""
        return [entetes for demande, entetes in self.requetes if demande == chemin]

    def publier(self, jeu: str, ressources: list[dict]) -> None:
        corps = json.dumps({"id": "x", "title": "jeu", "resources": ressources}).encode()
        self.scenarios[jeu] = fixe(corps, Content_Type="application/json")

    def handle_error(self, *_):
        """Un client qui raccroche n'est pas une erreur."""


@contextmanager
def hebergeur() -> Iterator[Hebergeur]:
    """Un hébergeur en marche, arrêté à la sortie."""
    serveur = Hebergeur()
    fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02})
    fil.start()
    try:
        yield serveur
    finally:
        serveur.attente.set()
        serveur.shutdown()
        serveur.server_close()
        fil.join()


def fixe(corps: bytes, code: int = 200, **entetes) -> Callable:
    """Répond toujours la même chose."""
    return lambda requete: requete.repondre(code, corps, **entetes)


def fichier(corps: bytes, etag: str = "", reprise: bool = True) -> Callable:
    """Un hébergeur bien élevé : `Range`, `If-Range` et `If-None-Match`."""

    def scenario(requete):
        entetes = {"ETag": etag} if etag else {}
        if etag and requete.headers.get("If-None-Match") == etag:
            return requete.repondre(304, b"", **entetes)
        plage = requete.headers.get("Range", "")
        if plage and reprise and requete.headers.get("If-Range") == etag:
            debut = int(plage.removeprefix("bytes=").rstrip("-"))
            entetes["Content-Range"] = f"bytes {debut}-{len(corps) - 1}/{len(corps)}"
            return requete.repondre(206, corps[debut:], **entetes)
        return requete.repondre(200, corps, **entetes)

    return scenario


def coupe(corps: bytes, octets: int, etag: str = "") -> Callable:
    """Annonce tout le fichier, en envoie le début, puis raccroche."""
    entetes = {"ETag": etag} if etag else {}
    return lambda requete: requete.repondre(200, corps, couper_a=octets, **entetes)


def lent(requete: Reponse) -> None:
    """Accepte la connexion et ne répond pas tant que l'essai n'est pas fini."""
    requete.server.attente.wait()
    requete.close_connection = True


def ressource(serveur: Hebergeur, identifiant: str, titre: str, chemin: str, **autres) -> dict:
    """Une ressource telle que l'API v1 la décrit."""
    return {
        "id": identifiant,
        "title": titre,
        "url": serveur.url + chemin,
        "latest": f"{serveur.url}/fr/datasets/r/{identifiant}",
        "format": chemin.rsplit(".", 1)[-1],
        "type": "main",
        "filetype": "file",
        "filesize": 1234,
        "checksum": None,
        "last_modified": "2025-04-15T08:00:00+00:00",
    } | autres


def sha1(corps: bytes) -> dict[str, str]:
    return {"type": "sha1", "value": hashlib.sha1(corps).hexdigest()}


def zip_des_douanes(flux: str, annee: int, euros: int = 1000, trimestres=(1, 2, 3, 4)) -> bytes:
    """Une petite archive au format des douanes : un fichier de données et un de libellés."""
    lettre = flux[0].upper()
    lignes = [
        f"{lettre};{trimestre};{annee};{departement};12;C30C;3030;DE;{euros};7"
        for trimestre in trimestres
        for departement in ("09", "31", "20", "9A")
    ]
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        nom = f"Regional-{annee}-{flux}/Region_{annee}_{flux.capitalize()}.txt"
        textes = {nom: lignes, "Libelle_PAYS.txt": ["DE;Allemagne;199001;999912"]}
        for membre, contenu in textes.items():
            # Date fixe : deux archives de même contenu ont les mêmes octets.
            archive.writestr(zipfile.ZipInfo(membre), "\r\n".join([*contenu, ""]))
    return tampon.getvalue()
