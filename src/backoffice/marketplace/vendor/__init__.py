"""Vendors: whoever offers services. The platform brings them; staff read.

Scope catalogue:write. Audited: vendor.created.
"""
