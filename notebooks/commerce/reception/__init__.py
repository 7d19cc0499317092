"""D'où viennent les fichiers, et que valent-ils ? Archives, provenance, millésimes, réseau."""
