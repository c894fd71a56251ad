package io.holdfast.journalstore.adapter.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.apply.ApplyNotes;
import io.holdfast.journalstore.apply.BehindCommit;
import io.holdfast.journalstore.apply.FirstSync;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NotesCodecTest {
    private final AgentId agent = AgentId.random();
    private final StreamPosition at = new StreamPosition(new Epoch(3), new Seq(70_000));
    private final ApplyNotes notes = new ApplyNotes(
            Optional.of(new BehindCommit(Lsn.of(99), Map.of(0, 1L << 40, 65_535, 4096L), Map.of(agent, at), true)),
            Map.of(40_000, new FirstSync(agent, at), 2, new FirstSync(AgentId.random(), StreamPosition.START)));

    @Test
    void whatIsStoredIsReadAgain() {
        for (ApplyNotes one : new ApplyNotes[] {
            notes, new ApplyNotes(notes.behind(), Map.of()), new ApplyNotes(Optional.empty(), notes.firstSyncs())
        }) {
            assertThat(NotesCodec.decode(NotesCodec.encode(one, 12), 12)).isEqualTo(one);
        }
    }

    @Test
    void notesOfAnotherOffsetAreThoseThatAnOlderVersionLeftBehind() {
        assertThat(NotesCodec.decode(NotesCodec.encode(notes, 12), 13)).isEqualTo(ApplyNotes.NONE);
        assertThat(NotesCodec.decode(null, 12)).isEqualTo(ApplyNotes.NONE);
    }

    @Test
    void bytesThatAreNoNotesSayThatNothingIsKnownAndBreakNothing() {
        byte[] whole = NotesCodec.encode(notes, 12);
        for (int length = 0; length < whole.length; length++) {
            assertThat(NotesCodec.decode(Arrays.copyOf(whole, length), 12)).isEqualTo(ApplyNotes.NONE);
        }
        assertThat(NotesCodec.decode(Arrays.copyOf(whole, whole.length + 1), 12))
                .isEqualTo(ApplyNotes.NONE);
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = whole.clone();
            for (int change = 1 + random.nextInt(3); change > 0; change--) {
                bytes[9 + random.nextInt(bytes.length - 9)] = (byte) random.nextInt();
            }
            assertThat(NotesCodec.decode(bytes, 12)).as("seed %d", seed).isNotNull();
        }
    }
}
