"""Vendors: whoever offers services. The platform brings them; staff read.

Permissions: vendors:list, vendors:view; scope catalogue:write. Audited: vendor.created.
"""
