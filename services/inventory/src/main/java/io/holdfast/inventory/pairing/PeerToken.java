package io.holdfast.inventory.pairing;

import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/**
 * What an administrator carries from the site that invites to the site that joins (docs/pairing.md, "The token"). It is a secret until it was used.
 *
 * @param site that invites
 * @param authority of that site
 * @param secret {@value #SECRET_BYTES} bytes
 * @param address at which that site is reached
 */
public record PeerToken(SiteId site, Fingerprint authority, UUID invitation, byte[] secret, PeerAddress address) {
    public static final int SECRET_BYTES = 32;

    private static final String PREFIX = "hf1.";
    private static final byte FORMAT = 1;
    private static final int FIXED_BYTES = 1 + 16 + Fingerprint.BYTES + 16 + SECRET_BYTES + Integer.BYTES;
    private static final int MAX_CHARACTERS = 600;

    public PeerToken {
        if (secret.length != SECRET_BYTES) {
            throw new IllegalArgumentException("a secret has %d bytes".formatted(SECRET_BYTES));
        }
        secret = secret.clone();
    }

    @Override
    public byte[] secret() {
        return secret.clone();
    }

    /** The one text form of this token. */
    public String encoded() {
        byte[] where = address.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + where.length).put(FORMAT);
        put(bytes, site.value());
        bytes.put(authority.bytes());
        put(bytes, invitation);
        bytes.put(secret).put(where);
        bytes.putInt(Crc32c.of(ByteBuffer.wrap(bytes.array(), 0, bytes.position())));
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** @throws HoldfastException {@code TOKEN_MALFORMED}; the message holds nothing of the text */
    public static PeerToken parse(String text) {
        if (text.length() > MAX_CHARACTERS || !text.startsWith(PREFIX)) {
            throw malformed("it begins with " + PREFIX);
        }
        ByteBuffer bytes = ByteBuffer.wrap(decoded(text.substring(PREFIX.length())));
        if (bytes.remaining() <= FIXED_BYTES || bytes.remaining() > FIXED_BYTES + PeerAddress.MAX_BYTES) {
            throw malformed("some of it is missing");
        }
        int end = bytes.limit() - Integer.BYTES;
        if (bytes.getInt(end) != Crc32c.of(ByteBuffer.wrap(bytes.array(), 0, end))) {
            throw malformed("some of it was changed on the way");
        }
        if (bytes.get() != FORMAT) {
            throw malformed("it was made by a newer version");
        }
        SiteId site = new SiteId(uuid(bytes));
        Fingerprint authority = Fingerprint.raw(take(bytes, Fingerprint.BYTES));
        UUID invitation = uuid(bytes);
        byte[] secret = take(bytes, SECRET_BYTES);
        String where = new String(take(bytes, end - bytes.position()), StandardCharsets.UTF_8);
        return new PeerToken(site, authority, invitation, secret, PeerAddress.parse(where));
    }

    private static byte[] decoded(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException foreign) {
            throw malformed("it has characters that no token has");
        }
    }

    private static HoldfastException malformed(String why) {
        return new HoldfastException(
                PairingError.TOKEN_MALFORMED, "this is no token of a Holdfast site: %s".formatted(why));
    }

    private static void put(ByteBuffer bytes, UUID id) {
        bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private static byte[] take(ByteBuffer bytes, int count) {
        byte[] taken = new byte[count];
        bytes.get(taken);
        return taken;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PeerToken that
                && site.equals(that.site)
                && authority.equals(that.authority)
                && invitation.equals(that.invitation)
                && address.equals(that.address)
                && Arrays.equals(secret, that.secret);
    }

    @Override
    public int hashCode() {
        return invitation.hashCode();
    }

    /** Without the secret: tokens end up in logs. */
    @Override
    public String toString() {
        return "token of site %s at %s, invitation %s".formatted(site, address, invitation);
    }
}
