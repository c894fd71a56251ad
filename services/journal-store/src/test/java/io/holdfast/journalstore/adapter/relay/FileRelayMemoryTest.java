package io.holdfast.journalstore.adapter.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.relay.Place;
import io.holdfast.journalstore.relay.Remembered;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileRelayMemoryTest {
    private static final PgId GROUP = PgId.random();

    @TempDir
    Path folder;

    @Test
    void what_was_saved_is_loaded_by_the_next_process() {
        Remembered saved = new Remembered(
                new Epoch(7),
                "lineage",
                Map.of(VolumeId.random(), 4096L, VolumeId.random(), 1L << 40),
                Optional.of(new Place(CheckpointId.random(), Lsn.of(3), 5, Optional.empty())),
                Optional.of(new Place(CheckpointId.random(), Lsn.of(9), 6, Optional.of(Digest.of(new byte[32])))),
                true);

        new FileRelayMemory(folder).save(GROUP, saved);

        assertThat(new FileRelayMemory(folder).load(GROUP)).contains(saved);
    }

    @Test
    void nothing_was_sent_when_there_is_no_file() {
        assertThat(new FileRelayMemory(folder).load(GROUP)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{\"version\":1,\"epoch\":1,\"lineage\":\"l\",\"acknowledgedLsn\":5,\"whole\":true,\"sizes\":{}}",
                "{\"version\":2,\"epoch\":1,\"lineage\":\"l\",\"whole\":true,\"sizes\":{\"x\":1}}",
                "{\"version\":2,\"epoch\":1,\"lineage\":\"l\",\"whole\":true,\"sizes\":{},\"at\":{\"lsn\":5}}",
                "{\"version\":2,\"epoch\":1,\"lineage\":\"l\",\"whole\":true,\"sizes\":{},\"at\":{\"checkpoint\":"
                        + "\"6e3f0b1c-7a52-4c39-9c0e-2f3f7b0d1a44\",\"lsn\":5,\"cutAtMicros\":1,\"digest\":\"zz\"}}",
                "{\"version\":2,\"epoch\":-1,\"lineage\":\"l\",\"whole\":true,\"sizes\":{}}"
            })
    void a_file_that_cannot_be_believed_makes_everything_be_sent_again(String content) throws Exception {
        Files.writeString(folder.resolve(GROUP + ".json"), content);

        assertThat(new FileRelayMemory(folder).load(GROUP))
                .hasValueSatisfying(read -> assertThat(read.whole()).isFalse());
    }

    @Test
    void a_file_with_any_byte_changed_is_read_or_disbelieved_and_never_fails() throws Exception {
        FileRelayMemory memory = new FileRelayMemory(folder);
        memory.save(
                GROUP,
                new Remembered(
                        new Epoch(7),
                        "lineage",
                        Map.of(VolumeId.random(), 4096L),
                        Optional.of(new Place(CheckpointId.random(), Lsn.of(3), 5, Optional.empty())),
                        Optional.empty(),
                        true));
        Path file = folder.resolve(GROUP + ".json");
        byte[] sound = Files.readAllBytes(file);
        Random random = new Random(11);
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] = (byte) random.nextInt(256);
            Files.write(file, damaged);
            assertThat(memory.load(GROUP))
                    .as("byte %d: %s", i, new String(damaged, StandardCharsets.ISO_8859_1))
                    .isPresent();
        }
    }
}
