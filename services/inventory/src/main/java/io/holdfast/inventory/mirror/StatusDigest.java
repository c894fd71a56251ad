package io.holdfast.inventory.mirror;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;

/**
 * What two sites compare instead of the lists: SHA-256 over their values, whatever form they travelled in.
 *
 * @param groups 64 hexadecimal digits
 * @param vms 64 hexadecimal digits
 */
public record StatusDigest(String groups, String vms) {
    private static final String FORM = "[0-9a-f]{64}";

    public StatusDigest {
        if (!groups.matches(FORM) || !vms.matches(FORM)) {
            throw new IllegalArgumentException("a digest has 64 hexadecimal digits");
        }
    }

    static String ofGroups(List<GroupStatus> groups) {
        Feed feed = new Feed();
        groups.forEach(group -> feed.text(group.id().toString())
                .text(group.name())
                .text(group.lifecycle())
                .text(group.health().name())
                .number(group.newestCheckpoint()
                        .map(cut -> ChronoUnit.MICROS.between(Instant.EPOCH, cut))
                        .orElse(Long.MIN_VALUE)));
        return feed.hex();
    }

    static String ofVms(List<VmStatus> vms) {
        Feed feed = new Feed();
        vms.forEach(vm -> feed.text(vm.id().toString())
                .text(vm.name())
                .text(vm.group().toString())
                .number(vm.epoch())
                .text(vm.owner()));
        return feed.hex();
    }

    /** Every value with its length, so that no two lists feed the same bytes. */
    private static final class Feed {
        private final MessageDigest digest;

        Feed() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException("every JDK has SHA-256", impossible);
            }
        }

        Feed text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            number(bytes.length);
            digest.update(bytes);
            return this;
        }

        Feed number(long number) {
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
            return this;
        }

        String hex() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }
}
