"""Des fichiers des douanes à une fiche : archives, lecture, révisions, préparation, contrôles."""
