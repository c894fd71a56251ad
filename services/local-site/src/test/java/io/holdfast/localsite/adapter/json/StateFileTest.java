package io.holdfast.localsite.adapter.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {
    private static final SiteState STATE = new SiteState(
            1,
            "cli",
            4711,
            99,
            "READY",
            "site",
            "http://127.0.0.1:18400",
            List.of(new SiteState.PartEntry(
                    "kafka", "READY", "2026-01-01T00:00:00Z", 4712, 100, Map.of("kafka", 18410), "", null)));

    @TempDir
    Path folder;

    private StateFile file;

    @BeforeEach
    void name() {
        file = new StateFile(folder.resolve("state.json"));
    }

    @Test
    void what_was_written_is_read() {
        file.write(STATE);
        assertThat(file.read()).contains(STATE);
    }

    @Test
    void no_file_is_no_site() {
        assertThat(file.read()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"formatVersion\":1",
                "not json",
                "{\"formatVersion\":2,\"owner\":\"cli\",\"pid\":5,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[]}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":1,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[]}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":-1,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[]}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":5,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":null}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":5,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[null]}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":5,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[{\"name\":\"kafka\",\"state\":\"READY\",\"since\":\"\",\"pid\":-5,\"startTicks\":0,\"ports\":{},\"reason\":\"\",\"healthy\":null}]}",
                "{\"formatVersion\":1,\"owner\":\"cli\",\"pid\":5,\"startTicks\":1,\"phase\":\"READY\",\"siteId\":\"s\",\"address\":\"a\",\"parts\":[{\"name\":\"kafka\",\"state\":\"READY\",\"since\":\"\",\"pid\":1,\"startTicks\":0,\"ports\":{},\"reason\":\"\",\"healthy\":null}]}",
                "{\"formatVersion\":1,\"pid\":99999999999999999999}"
            })
    void hostile_content_is_refused_with_a_code(String content) throws IOException {
        Files.writeString(file.file(), content);
        assertThatThrownBy(file::read)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(LocalSiteError.LOCAL_SITE_FILE_UNREADABLE));
    }

    @Test
    void a_huge_file_is_refused_without_reading_it() throws IOException {
        Files.write(file.file(), new byte[2 << 20]);
        assertThatThrownBy(file::read).hasMessageContaining("larger");
    }

    @Test
    void every_damaged_byte_is_either_refused_or_still_a_sane_state() throws IOException {
        file.write(STATE);
        byte[] good = Files.readAllBytes(file.file());
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            byte[] damaged = good.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            Files.write(file.file(), damaged);
            try {
                SiteState read = file.read().orElseThrow();
                assertThat(read.pid()).as("seed %d", seed).isGreaterThan(1);
                assertThat(read.parts()).as("seed %d", seed).allMatch(part -> part.pid() == 0 || part.pid() > 1);
            } catch (HoldfastException refused) {
                assertThat(refused.code()).as("seed %d", seed).isEqualTo(LocalSiteError.LOCAL_SITE_FILE_UNREADABLE);
            }
        }
    }
}
