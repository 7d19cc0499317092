"""`python -m commerce.telechargement` face à un serveur local qui joue data.gouv.fr."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import serveur_de_fichiers as jeu_de_role
from serveur_de_fichiers import DOUANES, TERRITOIRES, coupe, fichier, fixe, ressource, sha1

from commerce import ErreurDonnees, references, telechargement
from commerce.donnees import empreintes, provenance
from commerce.telechargement import catalogue, obtention, reseau

LISTE_TI = "liste-ti-com2023-20240704.csv"
EXPORT_2024 = "/static/20250415/Region_2024_Export.zip"


@pytest.fixture(autouse=True)
def sans_pause(monkeypatch):
    monkeypatch.setattr(reseau, "PAUSE_S", 0.0)


@pytest.fixture
def serveur():
    """Quatre années, les deux flux, les derniers trimestres et deux listes de communes."""
    with jeu_de_role.hebergeur() as serveur:
        ressources = []
        for annee in (2021, 2022, 2023, 2024):
            for flux in ("export", "import"):
                chemin = f"/static/20250415/Region_{annee}_{flux.capitalize()}.zip"
                corps = jeu_de_role.zip_des_douanes(flux, annee)
                serveur.scenarios[chemin] = fichier(corps, etag=f'"{flux}{annee}"')
                titre = f"Statistiques régionales, {flux}ations {annee}"
                ressources.append(ressource(serveur, f"{flux}-{annee}", titre, chemin))
        for flux in ("export", "import"):
            chemin = f"/static/REGIONAL_CPF4PAYS{flux[0].upper()}.zip"
            corps = jeu_de_role.zip_des_douanes(flux, 2025, trimestres=(1,))
            serveur.scenarios[chemin] = fichier(corps)
            titre = f"{flux.capitalize()} - cinq derniers trimestres"
            ressources.append(ressource(serveur, f"{flux}-t", titre, chemin))
        notice = ressource(
            serveur, "notice", "Notice 2024", "/static/Notice_export_import_2024.pdf"
        )
        serveur.ressources = [notice, *ressources]
        serveur.publier(DOUANES, serveur.ressources)
        serveur.scenarios[f"/static/{LISTE_TI}"] = fichier(liste_de_communes())
        serveur.publier(
            TERRITOIRES,
            [
                ressource(serveur, "grp", "Groupements", "/static/liste-ti-grpt2023-20240704.csv"),
                ressource(serveur, "vieux", "Communes", "/static/liste-ti-com2023-20231114.csv"),
                ressource(serveur, "com", "Communes", f"/static/{LISTE_TI}"),
            ],
        )
        yield serveur


def liste_de_communes() -> bytes:
    """183 territoires : ceux des fiches publiées, et d'autres, inventés."""
    lignes = ["insee_com,lib_com,id_ti,lib_ti"]
    connus = references.territoires_industrie()
    for rang, ligne in enumerate(connus.to_dict("records")):
        lignes.append(f"{ligne['departement']}{rang:03},x,ti-9{rang:03},{ligne['libelle']}")
    for rang in range(183 - len(connus)):
        lignes.append(f"01{rang:03},x,ti-8{rang:03},Territoire {rang}")
    return ("\n".join(lignes) + "\n").encode()


def lancer(serveur, vers: Path, *options: str) -> int:
    return telechargement.main(["--vers", str(vers), "--base-url", serveur.url, *options])


def modifier(serveur, identifiant: str, **champs) -> None:
    """Republie le jeu des douanes avec une ressource changée."""
    for publiee in serveur.ressources:
        if publiee["id"] == identifiant:
            publiee.update(champs)
    serveur.publier(DOUANES, serveur.ressources)


def noms(dossier: Path) -> list[str]:
    return sorted(chemin.name for chemin in dossier.iterdir())


def test_sans_option_trois_annees_et_les_territoires(serveur, tmp_path, capsys):
    assert lancer(serveur, tmp_path) == 0
    attendus = [f"Region_{a}_{f}.zip" for a in (2022, 2023, 2024) for f in ("Export", "Import")]
    assert noms(tmp_path) == sorted([*attendus, LISTE_TI, "provenance.json"])
    sortie = capsys.readouterr().out
    assert "Region_2024_Export.zip : téléchargé" in sortie
    assert "16\u00a0lignes, 4\u00a0trimestres" in sortie
    assert "183 Territoires d'industrie" in sortie
    assert "téléchargé : 7" in sortie


def test_la_provenance_dit_adresse_date_taille_et_sommes(serveur, tmp_path):
    lancer(serveur, tmp_path, "--annee", "2024")
    entree = json.loads((tmp_path / "provenance.json").read_text())["fichiers"][
        "Region_2024_Export.zip"
    ]
    recu = tmp_path / "Region_2024_Export.zip"
    assert entree["url"] == serveur.url + EXPORT_2024
    assert entree["last_modified"] == "2025-04-15T08:00:00+00:00"
    assert entree["taille_octets"] == recu.stat().st_size
    assert entree["sha256"] == hashlib.sha256(recu.read_bytes()).hexdigest()
    assert entree["page"] == catalogue.DOUANES.page
    assert entree["telecharge_le"][:2] == "20"
    suivis = {source["nom"]: source for source in empreintes.sources(tmp_path, [])[0]}
    assert suivis[recu.name]["url"] == entree["url"]
    publie, dit = suivis[recu.name]["publie"], entree["last_modified"]
    assert datetime.fromisoformat(publie) == datetime.fromisoformat(dit)


def test_annees_choisies_et_derniers_trimestres(serveur, tmp_path):
    assert lancer(serveur, tmp_path, "--annee", "2021", "--derniers-trimestres") == 0
    assert [n for n in noms(tmp_path) if n.endswith(".zip")] == [
        "REGIONAL_CPF4PAYSE.zip",
        "REGIONAL_CPF4PAYSI.zip",
        "Region_2021_Export.zip",
        "Region_2021_Import.zip",
    ]


def test_la_provenance_dit_d_ou_le_fichier_est_vraiment_venu(serveur, tmp_path):
    serveur.scenarios["/ailleurs.zip"] = serveur.scenarios[EXPORT_2024]
    serveur.scenarios[EXPORT_2024] = fixe(b"", 302, Location="/ailleurs.zip")
    for _ in range(2):
        assert lancer(serveur, tmp_path, "--annee", "2024") == 0
        entree = provenance.lire(tmp_path)["Region_2024_Export.zip"]
        assert entree["url"] == f"{serveur.url}/ailleurs.zip"


@pytest.fixture
def chiffre(tmp_path):
    """Un serveur chiffré dont le certificat, fait pour l'essai, n'est connu de personne."""
    if not shutil.which("openssl"):
        pytest.skip("openssl absent : aucun certificat d'essai")
    cle, certificat = tmp_path / "cle.pem", tmp_path / "certificat.pem"
    commande = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [
            *(*commande.split(), "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(cle), "-out", str(certificat)),
        ],
        check=True,
        capture_output=True,
    )
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(certificat, cle)
    with jeu_de_role.hebergeur() as serveur:
        serveur.socket = contexte.wrap_socket(serveur.socket, server_side=True)
        yield serveur, certificat


def test_un_mauvais_certificat_est_nomme_et_non_reessaye(chiffre, tmp_path, capsys):
    serveur, _ = chiffre
    adresse = serveur.url.replace("http:", "https:")
    assert telechargement.main(["--vers", str(tmp_path / "v"), "--base-url", adresse]) == 1
    erreur = capsys.readouterr().err
    assert "certificat du serveur refusé (self" in erreur and "SSL_CERT_FILE" in erreur
    assert "après" not in erreur and len(erreur.splitlines()) == 1


def test_une_redirection_qui_perd_le_chiffrement_est_refusee(
    chiffre, serveur, tmp_path, capsys, monkeypatch
):
    sur, certificat = chiffre
    monkeypatch.setenv("SSL_CERT_FILE", str(certificat))
    sur.scenarios[DOUANES] = fixe(b"", 302, Location=serveur.url + DOUANES)
    adresse = sur.url.replace("http:", "https:")
    assert telechargement.main(["--vers", str(tmp_path / "v"), "--base-url", adresse]) == 1
    assert "redirection refusée vers une adresse non chiffrée" in capsys.readouterr().err
    assert not serveur.requetes


@pytest.mark.parametrize(
    "reponse",
    [
        fixe(b" " * 1_100_000),
        fixe(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"),
    ],
    ids=["longue", "gonflee par compression"],
)
def test_une_reponse_de_l_api_sans_fin_est_refusee(serveur, tmp_path, capsys, monkeypatch, reponse):
    monkeypatch.setattr(reseau, "REPONSE_MAX_OCTETS", 1_000_000)
    serveur.scenarios[DOUANES] = reponse
    assert lancer(serveur, tmp_path) == 1
    assert "plus de 1 Mo, ce n'est pas une réponse de l'API" in capsys.readouterr().err


@pytest.mark.parametrize("encodage", ["cp1252", "ascii"])
def test_un_terminal_ancien_affiche_le_telechargement(serveur, tmp_path, encodage):
    commande = [sys.executable, "-m", "commerce.telechargement", "--annee", "2024"]
    passage = subprocess.run(
        [*commande, "--vers", str(tmp_path), "--base-url", serveur.url],
        env={**os.environ, "PYTHONIOENCODING": encodage},
        capture_output=True,
    )
    assert passage.returncode == 0, passage.stderr
    assert "16 lignes" in passage.stdout.decode(encodage).replace("\xa0", " ")


def test_une_boucle_de_redirections_est_dite(serveur, tmp_path, capsys):
    serveur.scenarios[EXPORT_2024] = fixe(b"", 302, Location=EXPORT_2024)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert "redirection refusée" in capsys.readouterr().err


def test_un_404_n_empeche_pas_les_autres_fichiers(serveur, tmp_path, capsys):
    del serveur.scenarios[EXPORT_2024]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert noms(tmp_path) == ["Region_2024_Import.zip", LISTE_TI, "provenance.json"]
    echec = capsys.readouterr().err.strip()
    assert "introuvable (404)" in echec
    assert catalogue.DOUANES.page in echec
    assert "\n" not in echec
    assert len(serveur.demandes(EXPORT_2024)) == 1


def test_l_adresse_stable_remplace_une_adresse_perimee(serveur, tmp_path):
    serveur.scenarios["/fr/datasets/r/export-2024"] = serveur.scenarios.pop(EXPORT_2024)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0


def test_un_500_est_reessaye(serveur, tmp_path):
    bon = serveur.scenarios[EXPORT_2024]
    serveur.scenarios[EXPORT_2024] = [fixe(b"", 500), fixe(b"", 503, Retry_After="0"), bon]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert len(serveur.demandes(EXPORT_2024)) == 3


def test_un_500_permanent_est_dit(serveur, tmp_path, capsys):
    serveur.scenarios[EXPORT_2024] = fixe(b"", 502)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert "le serveur répond 502, après 4 essais" in capsys.readouterr().err
    assert len(serveur.demandes(EXPORT_2024)) == reseau.ESSAIS


def test_une_coupure_reprend_ou_elle_en_etait(serveur, tmp_path):
    corps = jeu_de_role.zip_des_douanes("export", 2024, euros=5)
    moitie = len(corps) // 2
    serveur.scenarios[EXPORT_2024] = [coupe(corps, moitie, '"a"'), fichier(corps, '"a"')]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == corps
    premiere, seconde = serveur.demandes(EXPORT_2024)
    assert "Range" not in premiere
    assert seconde["Range"] == f"bytes={moitie}-"
    assert seconde["If-Range"] == '"a"'


@pytest.mark.parametrize("etag", ["", '"a"'])
def test_une_coupure_sans_reprise_possible_recommence(serveur, tmp_path, etag):
    corps = jeu_de_role.zip_des_douanes("export", 2024, euros=5)
    suite = fichier(corps, etag, reprise=False)
    serveur.scenarios[EXPORT_2024] = [coupe(corps, 100, etag), suite]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == corps


def test_un_fichier_change_pendant_la_coupure_n_est_pas_recolle(serveur, tmp_path):
    avant = jeu_de_role.zip_des_douanes("export", 2024, euros=5)
    apres = jeu_de_role.zip_des_douanes("export", 2024, euros=123456)
    serveur.scenarios[EXPORT_2024] = [coupe(avant, 200, '"a"'), fichier(apres, '"b"')]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == apres


def test_une_reprise_au_mauvais_endroit_est_refusee(serveur, tmp_path):
    corps = jeu_de_role.zip_des_douanes("export", 2024)
    menteur = fixe(corps[10:], 206, Content_Range=f"bytes 10-{len(corps) - 1}/{len(corps)}")
    serveur.scenarios[EXPORT_2024] = [coupe(corps, 200, '"a"'), menteur, fichier(corps, '"a"')]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == corps


def test_un_serveur_lent_est_abandonne(serveur, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reseau, "ESSAIS", 2)
    serveur.scenarios[EXPORT_2024] = jeu_de_role.lent
    assert lancer(serveur, tmp_path, "--annee", "2024", "--delai", "2,5") == 1
    assert "aucune réponse en 2,5 s, après 2 essais" in capsys.readouterr().err
    assert (tmp_path / "Region_2024_Import.zip").is_file()


def test_un_serveur_ferme_est_dit(tmp_path, capsys):
    with socket.socket() as ferme:  # ce port est pris, et personne n'y écoute
        ferme.bind(("127.0.0.1", 0))
        adresse = f"http://127.0.0.1:{ferme.getsockname()[1]}"
        assert telechargement.main(["--vers", str(tmp_path), "--base-url", adresse]) == 1
    erreur = capsys.readouterr().err
    assert "serveur injoignable" in erreur
    assert catalogue.DOUANES.page in erreur


def test_une_mauvaise_somme_de_controle_est_refusee(serveur, tmp_path, capsys):
    modifier(serveur, "export-2024", checksum=sha1(b"autre chose"))
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert "somme de contrôle sha1" in capsys.readouterr().err
    assert "Region_2024_Export.zip" not in noms(tmp_path)
    assert len(serveur.demandes(EXPORT_2024)) == 2


def test_une_somme_juste_au_second_essai_suffit(serveur, tmp_path):
    corps = jeu_de_role.zip_des_douanes("export", 2024)
    modifier(serveur, "export-2024", checksum=sha1(corps))
    serveur.scenarios[EXPORT_2024] = [fixe(corps[:-1] + b"x"), fixe(corps)]
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0


@pytest.mark.parametrize("genre", ["text/html; charset=utf-8", "application/zip"])
def test_une_page_web_au_lieu_du_zip_est_refusee(serveur, tmp_path, capsys, genre):
    page = b"\n<!DOCTYPE html><title>Portail captif</title>"
    serveur.scenarios[EXPORT_2024] = fixe(page, Content_Type=genre)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert "une page web au lieu du fichier" in capsys.readouterr().err
    assert "Region_2024_Export.zip" not in noms(tmp_path)


@pytest.mark.parametrize(
    ("corps", "phrase"),
    [
        (jeu_de_role.zip_des_douanes("import", 2024), "son titre annonce « export »"),
        (jeu_de_role.zip_des_douanes("export", 2023), "contient 2023 et son titre annonce 2024"),
        (jeu_de_role.zip_des_douanes("export", 2024)[:-30], "tronquée ou abîmée"),
        (b"PK\x05\x06" + bytes(18), "aucun fichier régional"),
        (jeu_de_role.zip_des_douanes("export", 2024, euros="mille"), "colonne 9"),
        (b"", "tronquée ou abîmée"),
    ],
    ids=["flux", "annee", "tronque", "vide", "valeur", "rien"],
)
def test_un_contenu_qui_n_est_pas_celui_du_titre_est_refuse(
    serveur, tmp_path, capsys, corps, phrase
):
    serveur.scenarios[EXPORT_2024] = fixe(corps)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert phrase in capsys.readouterr().err
    assert noms(tmp_path) == ["Region_2024_Import.zip", LISTE_TI, "provenance.json"]


class Demain(datetime):
    """L'horloge du second passage : une date réécrite se verrait."""

    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + timedelta(days=1)


def test_un_echec_laisse_l_ancien_fichier_tel_quel(serveur, tmp_path, monkeypatch):
    lancer(serveur, tmp_path, "--annee", "2024")
    avant = {nom: (tmp_path / nom).read_bytes() for nom in noms(tmp_path)}
    serveur.scenarios[EXPORT_2024] = fixe(jeu_de_role.zip_des_douanes("export", 2019))
    monkeypatch.setattr(obtention, "datetime", Demain)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert {nom: (tmp_path / nom).read_bytes() for nom in noms(tmp_path)} == avant


def test_second_passage_rien_n_est_repris(serveur, tmp_path, capsys):
    corps = jeu_de_role.zip_des_douanes("import", 2024)
    modifier(serveur, "import-2024", checksum=sha1(corps))
    lancer(serveur, tmp_path, "--annee", "2024")
    avant = (tmp_path / "provenance.json").read_bytes()
    serveur.requetes.clear()
    capsys.readouterr()
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    # Somme annoncée : pas même une demande. Sinon, une demande conditionnelle, à laquelle
    # le serveur répond que rien n'a changé.
    assert not serveur.demandes(EXPORT_2024.replace("Export", "Import"))
    assert [d["If-None-Match"] for d in serveur.demandes(EXPORT_2024)] == ['"export2024"']
    assert "inchangé : 3" in capsys.readouterr().out
    recente = json.loads((tmp_path / "provenance.json").read_text())["fichiers"]
    ancienne = json.loads(avant)["fichiers"]
    assert {n: e["sha256"] for n, e in recente.items()} == {
        n: e["sha256"] for n, e in ancienne.items()
    }


def test_second_passage_une_ressource_changee_est_remplacee_et_dite(serveur, tmp_path, capsys):
    lancer(serveur, tmp_path, "--annee", "2024")
    nouveau = jeu_de_role.zip_des_douanes("export", 2024, euros=987654)
    serveur.scenarios[EXPORT_2024] = fichier(nouveau, '"revise"')
    modifier(serveur, "export-2024", last_modified="2025-09-01T00:00:00+00:00")
    capsys.readouterr()
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    sortie = capsys.readouterr().out
    assert "Region_2024_Export.zip : remplacé par une nouvelle version" in sortie
    assert "remplacé par une nouvelle version : 1, inchangé : 2" in sortie
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == nouveau
    assert provenance.lire(tmp_path)["Region_2024_Export.zip"]["last_modified"][:7] == "2025-09"


def test_une_ressource_renommee_ne_laisse_pas_deux_fichiers(serveur, tmp_path):
    lancer(serveur, tmp_path, "--annee", "2024")
    chemin = "/static/20250901/Regional_2024_Export_v2.zip"
    serveur.scenarios[chemin] = fichier(jeu_de_role.zip_des_douanes("export", 2024, euros=9))
    modifier(serveur, "export-2024", url=serveur.url + chemin)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert [n for n in noms(tmp_path) if "Export" in n] == ["Regional_2024_Export_v2.zip"]
    assert [n for n in provenance.lire(tmp_path) if "Export" in n] == [
        "Regional_2024_Export_v2.zip"
    ]


def test_un_fichier_abime_sur_le_disque_est_repris(serveur, tmp_path):
    lancer(serveur, tmp_path, "--annee", "2024")
    (tmp_path / "Region_2024_Export.zip").write_bytes(b"PK")
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    corps = jeu_de_role.zip_des_douanes("export", 2024)
    assert (tmp_path / "Region_2024_Export.zip").read_bytes() == corps


def test_un_fichier_depose_a_la_main_est_reconnu_a_sa_somme(serveur, tmp_path):
    corps = jeu_de_role.zip_des_douanes("export", 2024)
    modifier(serveur, "export-2024", checksum=sha1(corps))
    (tmp_path / "Region_2024_Export.zip").write_bytes(corps)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert not serveur.demandes(EXPORT_2024)
    assert provenance.lire(tmp_path)["Region_2024_Export.zip"]["telecharge_le"] == ""


def test_une_provenance_illisible_n_arrete_rien(serveur, tmp_path):
    lancer(serveur, tmp_path, "--annee", "2024")
    for contenu in ("{", "[]", '{"fichiers": 3}', '{"fichiers": {"Region_2024_Export.zip": 1}}'):
        (tmp_path / "provenance.json").write_text(contenu)
        assert lancer(serveur, tmp_path, "--annee", "2024") == 0
        assert len(provenance.lire(tmp_path)) == 3


def test_une_provenance_hostile_ne_touche_pas_au_reste_du_disque(serveur, tmp_path):
    (tmp_path / "ailleurs.zip").write_bytes(b"intact")
    entree = {"identifiant": "export-2024", "sha256": "", "entetes": {}}
    source = tmp_path / "source"
    source.mkdir()
    provenance.ecrire(source, {"../ailleurs.zip": entree})
    assert lancer(serveur, source, "--annee", "2024") == 0
    assert (tmp_path / "ailleurs.zip").read_bytes() == b"intact"


def test_les_restes_d_un_arret_brutal_disparaissent(serveur, tmp_path):
    for nom, age_s in {"vieux": 2 * telechargement.ABANDON_S, "recent": 0}.items():
        dossier = tmp_path / f"{obtention.PARTIEL}{nom}"
        dossier.mkdir()
        (dossier / "Region_2024_Export.zip").write_bytes(b"PK")
        os.utime(dossier, (dossier.stat().st_mtime - age_s,) * 2)
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    assert [n for n in noms(tmp_path) if n.startswith(".")] == [f"{obtention.PARTIEL}recent"]


def test_plusieurs_ressources_possibles_sont_dites(serveur, tmp_path, capsys):
    bis = ressource(serveur, "bis", "Export 2024 (révisé)", "/static/Region_2024_Export_bis.zip")
    serveur.publier(DOUANES, [*serveur.ressources, bis])
    assert lancer(serveur, tmp_path) == 2
    erreur = capsys.readouterr().err
    assert "Plusieurs fichiers conviennent pour les exportations, l'année 2024" in erreur
    assert "Region_2024_Export_bis.zip" in erreur
    assert catalogue.DOUANES.page in erreur
    assert not list(tmp_path.iterdir())


def test_la_meme_ressource_publiee_deux_fois_compte_pour_une(serveur, tmp_path):
    double = dict(serveur.ressources[1], id="double")
    serveur.publier(DOUANES, [*serveur.ressources, double])
    assert lancer(serveur, tmp_path, "--annee", "2021") == 0


def test_une_annee_absente_est_dite_avec_celles_qui_y_sont(serveur, tmp_path, capsys):
    assert lancer(serveur, tmp_path, "--annee", "2017") == 2
    erreur = capsys.readouterr().err
    assert "Aucun fichier d'exportations pour l'année 2017" in erreur
    assert "années trouvées : 2021, 2022, 2023, 2024" in erreur


@pytest.mark.parametrize(
    "reponse",
    [
        b"[]",
        b"null",
        b'{"data": [], "next_page": null}',
        b'{"id": "x", "resources": {"rel": "subsection", "href": "/api/2/"}}',
        b'{"resources": ["a"]}',
        b'{"resources": []}',
    ],
)
def test_une_reponse_d_une_autre_forme_est_dite(serveur, tmp_path, capsys, reponse):
    serveur.scenarios[DOUANES] = fixe(reponse)
    assert lancer(serveur, tmp_path) == 2
    erreur = capsys.readouterr().err.strip()
    assert catalogue.DOUANES.page in erreur
    assert "\n" not in erreur


@pytest.mark.parametrize(
    ("scenario", "phrase"),
    [
        (fixe(b"<html>Bonjour</html>"), "pas répondu du JSON"),
        (fixe(b"[" * 200_000), "pas répondu du JSON"),
        (fixe(b"{}", 404), "introuvable (404)"),
        (fixe(b"{}", 403), "demande refusée (403)"),
    ],
)
def test_une_api_qui_ne_repond_pas_est_dite(serveur, tmp_path, capsys, scenario, phrase):
    serveur.scenarios[DOUANES] = scenario
    assert lancer(serveur, tmp_path) == 1
    assert phrase in capsys.readouterr().err


def test_sans_liste_de_territoires_les_douanes_sont_la(serveur, tmp_path, capsys):
    serveur.publier(TERRITOIRES, [])
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert catalogue.TERRITOIRES.page in capsys.readouterr().err
    assert (tmp_path / "Region_2024_Export.zip").is_file()


def test_l_ancienne_liste_de_territoires_est_refusee(serveur, tmp_path, capsys):
    lignes = liste_de_communes().splitlines()[:150]
    serveur.scenarios[f"/static/{LISTE_TI}"] = fixe(b"\n".join(lignes))
    assert lancer(serveur, tmp_path, "--annee", "2024") == 1
    assert "l'ancienne liste 2018-2023" in capsys.readouterr().err
    assert LISTE_TI not in noms(tmp_path)


def test_un_dossier_impossible_est_dit(serveur, tmp_path, capsys):
    (tmp_path / "source").write_text("un fichier")
    assert lancer(serveur, tmp_path / "source", "--annee", "2024") == 1
    assert "Écriture impossible dans source" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--annee", "vingt"],
        ["--annee"],
        ["--delai", "0"],
        ["--base-url", "ftp://ailleurs"],
        ["--anee", "2024"],
        ["2024"],
    ],
)
def test_une_option_fausse_est_refusee_avant_tout(tmp_path, capsys, options):
    assert telechargement.main(["--vers", str(tmp_path), *options]) == 2
    erreur = capsys.readouterr().err.strip()
    assert erreur
    assert "\n" not in erreur


def test_l_aide_est_en_francais(capsys):
    with pytest.raises(SystemExit) as sortie:
        telechargement.main(["--help"])
    assert sortie.value.code == 0
    aide = capsys.readouterr().out
    assert "trois dernières années complètes" in " ".join(aide.split())
    assert "show this help" not in aide


@pytest.mark.parametrize(
    ("titre", "nom", "flux", "annee", "derniers"),
    [
        ("", "Region_2019_Export.zip", ("export",), 2019, False),
        ("", "Regional_2021_Import.zip", ("import",), 2021, False),
        ("", "Regional-2019-export.zip", ("export",), 2019, False),
        ("Export, 5 derniers trimestres", "REGIONAL_CPF4PAYSE.zip", ("export",), 0, True),
        ("", "REGIONAL_CPF4PAYSI.zip", ("import",), 0, True),
        ("Importations - année 2024", "20250415-regions.zip", ("import",), 2024, False),
        ("Exports 2023 (mis à jour le 2025-02-07)", "a.zip", ("export",), 2023, False),
        ("Imports de la dernière année complète", "a.zip", ("import",), 2024, False),
        ("Imports et exports 2024", "regions.zip", ("export", "import"), 2024, False),
        ("Exports régionaux", "202412-stat-regional-ce-export.zip", ("export",), 0, False),
        ("", "regional_export2020_v2.zip", ("export",), 2020, False),
        ("Données importantes", "a.zip", (), 0, False),
    ],
)
def test_flux_et_annee_se_lisent_dans_le_nom_ou_le_titre(titre, nom, flux, annee, derniers):
    brute = {"id": "1", "title": titre, "url": f"https://x/{nom}", "last_modified": "2025-04-15"}
    lue = catalogue.ressources(catalogue.DOUANES, {"resources": [brute]})[0]
    assert (lue.flux, lue.annee, lue.derniers_trimestres) == (flux, annee, derniers)


def test_deux_fichiers_de_meme_nom_ne_s_ecrasent_pas():
    brutes = [
        {
            "id": f"{flux}{annee}",
            "title": f"{flux} {annee}",
            "url": f"https://x/{flux}{annee}/a.zip",
        }
        for flux in ("export", "import")
        for annee in (2023, 2024)
    ]
    publiees = catalogue.ressources(catalogue.DOUANES, {"resources": brutes})
    choisies = catalogue.choisir_douanes(publiees, [], False)
    assert sorted(r.nom for r in choisies) == [
        "2023-export-a.zip",
        "2023-import-a.zip",
        "2024-export-a.zip",
        "2024-import-a.zip",
    ]


def test_un_nom_de_fichier_hostile_reste_dans_le_dossier():
    for url in ("https://x/..%2F..%2Fetc%2Fpasswd", "https://x/", "https://x/a b'.zip?y=1"):
        brute = {"id": "1", "title": "../Export 2024", "url": url, "format": "zip"}
        nom = catalogue.ressources(catalogue.DOUANES, {"resources": [brute]})[0].nom
        assert "/" not in nom
        assert nom == Path(nom).name
        assert not nom.startswith(".")


def test_un_jeu_national_n_est_pas_un_jeu_regional():
    brutes = [
        {"id": f, "title": f"National {f} 2024", "url": f"https://x/2024-stat-national-ce-{f}.zip"}
        for f in ("export", "import")
    ]
    publiees = catalogue.ressources(catalogue.DOUANES, {"resources": brutes})
    with pytest.raises(ErreurDonnees, match="Aucune année complète"):
        catalogue.choisir_douanes(publiees, [], False)


def test_les_nouveautes_se_disent_sans_rien_telecharger(serveur, tmp_path, capsys):
    """Un ordonnanceur lit le code de sortie : 3 s'il y a du nouveau, 0 sinon."""
    assert lancer(serveur, tmp_path, "--nouveautes", "--annee", "2024") == 3
    assert "Region_2024_Export.zip : nouveau, 2025-04-15" in capsys.readouterr().out
    assert noms(tmp_path) == []
    assert lancer(serveur, tmp_path, "--annee", "2024") == 0
    avant = {chemin: chemin.read_bytes() for chemin in tmp_path.iterdir()}
    assert lancer(serveur, tmp_path, "--nouveautes", "--annee", "2024") == 0
    assert "Rien de nouveau" in capsys.readouterr().out
    modifier(serveur, "export-2024", last_modified="2025-06-01T08:00:00+00:00", filesize=1234)
    assert lancer(serveur, tmp_path, "--nouveautes", "--annee", "2024") == 3
    (ligne,) = capsys.readouterr().out.splitlines()
    assert "publié de nouveau, 2025-06-01" in ligne and "1\u00a0ko" in ligne
    assert "fiches de 2024" in ligne
    assert {chemin: chemin.read_bytes() for chemin in tmp_path.iterdir()} == avant
