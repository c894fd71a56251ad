package io.holdfast.journalstore.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.files.ManifestFile;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId first = group.volume(agent, 8192);
    private final VolumeId second = group.volume(agent, 4096);
    private final Manifest manifest = Manifest.create(group.policy(), "j1", Instant.EPOCH);

    @Test
    void a_volume_keeps_its_index_when_others_come_and_go() {
        group.drop(first);
        VolumeId third = group.volume(agent, 4096);
        Manifest next = manifest.follow(group.policy(), Lsn.of(7));
        assertThat(next.slotOf(first).orElseThrow().removedAt()).isEqualTo(Optional.of(Lsn.of(7)));
        assertThat(next.slotOf(second).orElseThrow().index()).isEqualTo(1);
        assertThat(next.slotOf(third).orElseThrow().index()).isEqualTo(2);
        assertThat(next.protectedVolumes()).hasSize(2);
    }

    @Test
    void an_older_revision_changes_nothing() {
        JournalPolicy older = group.policy();
        Manifest newer = manifest.follow(group.policy(), Lsn.NONE);
        assertThat(newer.follow(older, Lsn.of(5))).isSameAs(newer);
    }

    @Test
    void a_volume_grows_and_never_shrinks() {
        group.grow(first, 16384);
        Manifest grown = manifest.follow(group.policy(), Lsn.NONE);
        group.grow(first, 4096);
        assertThat(grown.slotOf(first).orElseThrow().sizeBytes()).isEqualTo(16384);
        assertThat(grown.follow(group.policy(), Lsn.NONE)
                        .slotOf(first)
                        .orElseThrow()
                        .sizeBytes())
                .isEqualTo(16384);
    }

    @Test
    void a_stored_manifest_reads_back_the_same(@TempDir Path folder) {
        group.drop(second);
        Manifest stored = manifest.follow(group.policy(), Lsn.of(9));
        ManifestFile.write(folder.resolve("manifest.json"), stored);
        assertThat(ManifestFile.read(folder.resolve("manifest.json"))).isEqualTo(stored);
    }

    @Test
    void an_unknown_format_version_is_named(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("manifest.json"), "{\"formatVersion\": 99}");
        assertThatThrownBy(() -> ManifestFile.read(file))
                .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                        .isEqualTo(JournalError.FORMAT_VERSION_UNKNOWN))
                .hasMessageContaining("99");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"formatVersion\": 1}",
                "{\"formatVersion\": 1, \"volumes\": null}",
                "{\"formatVersion\": 1, \"pgId\": \"x\", \"volumes\": []}",
                "{\"formatVersion\": 1, \"volumes\": [{\"index\": 5}]}",
                "[1, 2"
            })
    void a_damaged_manifest_is_an_error_with_a_code(String text, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("manifest.json"), text);
        assertThatThrownBy(() -> ManifestFile.read(file)).isInstanceOf(HoldfastException.class);
    }
}
