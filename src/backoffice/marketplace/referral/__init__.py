"""Referrals: judged by what the brought customer did, rewarded once in the wallet, taken back when the money goes back.

Permissions referrals:list, referrals:decide; scope customers:write. Audited: referral.code_given, .recorded,
.completed, .held, .paid, .expired, .taken_back, .set_off, .released, .rejected.
"""
