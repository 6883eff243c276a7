"""Every column in which the marketplace keeps values sealed: `backoffice keys rotate` seals them anew."""

from backoffice.kernel.secrets.rotation import sealed_column

SEALED = (sealed_column("marketplace.gateway_event", key_id="body_key_id", sealed="body_sealed"),)
