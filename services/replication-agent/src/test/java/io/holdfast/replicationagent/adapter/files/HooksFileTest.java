package io.holdfast.replicationagent.adapter.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.quiesce.GuestHooks;
import io.holdfast.replicationagent.quiesce.Hook;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HooksFileTest {
    private static final String VM = "6f0c1d6e-0c55-4b39-9f0e-2f6f7c1f3a10";

    @TempDir
    Path folder;

    private Map<VmId, GuestHooks> load(String contents) throws Exception {
        Path file = Files.writeString(folder.resolve("hooks.json"), contents.replace("VM", VM));
        return HooksFile.load(new HookSettings(Optional.of(file), List.of("/etc/holdfast/hooks")));
    }

    @Test
    void everyMachineGetsItsOwnHooks() throws Exception {
        assertThat(load("""
                        {"machines": [{"vm": "VM",
                          "before": {"path": "/etc/holdfast/hooks/before", "arguments": ["a b"], "timeoutMs": 3000},
                          "after": {"path": "/etc/holdfast/hooks/after"}}]}"""))
                .containsExactly(Map.entry(
                        VmId.parse(VM),
                        new GuestHooks(
                                Optional.of(
                                        new Hook("/etc/holdfast/hooks/before", List.of("a b"), Duration.ofSeconds(3))),
                                Optional.of(new Hook("/etc/holdfast/hooks/after", List.of(), Duration.ofSeconds(5))))));
        assertThat(HooksFile.load(HookSettings.NONE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "{\"machines\": 3}",
                "{\"machines\": [null]}",
                "{\"machines\": []} more",
                "{\"machines\": [], \"others\": []}",
                "{\"machines\": [{\"vm\": \"no id\"}]}",
                "{\"machines\": [{}]}",
                "{\"machines\": [{\"vm\": \"VM\"}, {\"vm\": \"VM\"}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/bin/sh\"}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/etc/holdfast/hooks-of-others/x\"}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/etc/holdfast/hooks/../../../bin/sh\"}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/etc/holdfast/hooks/x\", \"timeoutMs\": 0}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/etc/holdfast/hooks/x\", \"timeoutMs\": 999999}}]}",
                "{\"machines\": [{\"vm\": \"VM\", \"before\": {\"path\": \"/etc/holdfast/hooks/x\", \"arguments\": [null]}}]}"
            })
    void aFileThatIsWrongInOnePlaceIsRefusedByName(String contents) {
        assertThatThrownBy(() -> load(contents))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("hooks.json")
                .hasMessageContaining("holdfast.agent.hooks-file");
    }

    @Test
    void theNoteOfFrozenMachinesSurvivesARestartAndIsNotTakenForEmptyWhenDamaged() throws Exception {
        Map<VmId, Path> frozen = Map.of(VmId.random(), Path.of("/run/a b/qga"), VmId.random(), Path.of("/run/c"));
        try (StateDirectory state = StateDirectory.open(folder.resolve("state"))) {
            assertThat(new FileFrozenNotes(state).load()).isEmpty();
            new FileFrozenNotes(state).replace(frozen);
        }
        try (StateDirectory state = StateDirectory.open(folder.resolve("state"))) {
            assertThat(new FileFrozenNotes(state).load()).isEqualTo(frozen);
            Path file = folder.resolve("state").resolve("frozen");
            Files.writeString(file, Files.readString(file).replace("/run/c", "/run/d"), StandardCharsets.UTF_8);
            assertThatThrownBy(() -> new FileFrozenNotes(state).load())
                    .isInstanceOf(HoldfastException.class)
                    .extracting("code")
                    .isEqualTo(AgentError.STATE_FILE_DAMAGED);
        }
    }
}
