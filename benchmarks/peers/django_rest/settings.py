"""Django's settings, from the product's own environment: the same database as the same role, the same tokens."""

import os

from psycopg.conninfo import conninfo_to_dict

_found = conninfo_to_dict(os.environ["DATABASE_URL"])

SECRET_KEY = TOKEN_SECRET = os.environ["TOKEN_SECRET"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.django_rest.urls"
INSTALLED_APPS = ["rest_framework", "benchmarks.peers.django_rest"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _found["dbname"],
        "USER": _found["user"],
        "PASSWORD": _found.get("password", ""),
        "HOST": _found["host"],
        "PORT": _found.get("port", ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"options": "-c search_path=marketplace,kernel"},
    }
}
"""Connections are kept open; one for each thread."""
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["benchmarks.peers.django_rest.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
