-- Other sites that this one is paired with (docs/pairing.md).
create table invitation (
    id                uuid primary key,
    secret_hash       text not null,        -- SHA-256; the secret itself is kept nowhere
    created_by        text not null,
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    used_by_site      uuid,
    used_by_authority text,
    used_at           timestamptz,
    revoked_at        timestamptz,
    version           integer not null,
    constraint invitation_has_one_end check (used_at is null or revoked_at is null),
    constraint invitation_was_used_by_somebody
        check ((used_at is null) = (used_by_site is null) and (used_at is null) = (used_by_authority is null))
);
create index invitation_open on invitation (expires_at) where used_at is null and revoked_at is null;

create table peer (
    id            uuid primary key,         -- of its site
    name          text  not null,           -- a label
    called_at     text,                     -- host:port; null = it is the peer that calls
    authority     bytea not null,           -- certificate, DER
    invitation_id uuid  not null,
    state         text  not null check (state in ('PAIRED', 'REVOKED', 'REVOKED_BY_PEER')),
    since         timestamptz not null,
    tell_until    timestamptz,              -- of a revocation that the peer has not heard of
    version       integer not null,
    constraint peer_is_told_of_a_revocation check (tell_until is null or state = 'REVOKED')
);
