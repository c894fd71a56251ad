package io.holdfast.recoveryplan.adapter.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we rely on stands in the document that the real journal-store serves. Skipped, visibly, where that document is not checked in yet. */
@DisplayName("The OpenAPI document of the journal-store")
class JournalStoreContractTest {
    private static final Path DOCUMENT = Path.of("../journal-store/openapi.yaml");
    private static JsonNode document;

    @BeforeAll
    static void read() throws Exception {
        assumeTrue(Files.exists(DOCUMENT), "services/journal-store/openapi.yaml is not there");
        document = new YAMLMapper().readTree(DOCUMENT.toFile());
    }

    @ParameterizedTest(name = "has {0} {1}")
    @CsvSource({
        "get, /api/v1/journals/{pgId}/checkpoints",
        "get, /api/v1/journals/{pgId}/checkpoints/{checkpointId}",
        "put, /api/v1/journals/{pgId}/checkpoints/{checkpointId}/marks/{mark}",
        "post, /api/v1/journals/{pgId}/sessions",
        "delete, /api/v1/journals/{pgId}/sessions/{sessionId}",
        "get, /api/v1/journals/{pgId}",
        "post, /api/v1/journals/{pgId}/sessions/{sessionId}/commit",
    })
    void hasTheOperationsThatWeCall(String method, String path) {
        assertThat(document.at("/paths").path(path).has(method))
                .as("%s %s", method, path)
                .isTrue();
    }

    @Test
    void hasTheParametersThatWeSend() {
        assertThat(parameters("/api/v1/journals/{pgId}/checkpoints", "get")).contains("limit", "before", "cursor");
        assertThat(parameters("/api/v1/journals/{pgId}/sessions", "post")).contains("Idempotency-Key");
    }

    @Test
    void hasTheFieldsThatWeRead() {
        assertThat(fields("CheckpointView")).contains("id", "kind", "lsn", "cutAt", "machines", "marks");
        assertThat(fields("MachineView")).contains("vmId", "name", "spec");
        assertThat(fields("SpecView"))
                .contains("cpuCount", "memoryBytes", "firmware", "machineType", "disks", "nics", "directBoot");
        assertThat(fields("DiskView")).contains("volumeId", "bus", "serial");
        assertThat(fields("NicView")).contains("name", "mac", "model", "network");
        assertThat(fields("DirectBootView")).contains("kernel", "initrd", "commandLine");
        assertThat(fields("JournalView")).contains("headLsn");
        assertThat(fields("SessionView")).contains("id", "exports", "commit");
        assertThat(fields("CommitView")).contains("isFinal", "branch", "problem");
        assertThat(fields("ExportView")).contains("volumeId", "name", "vmId", "sizeBytes", "nbdAddress", "nbdExport");
        assertThat(fields("SessionOrder")).contains("checkpointId");
    }

    private static List<String> parameters(String path, String method) {
        List<String> names = new ArrayList<>();
        document.at("/paths")
                .path(path)
                .path("parameters")
                .forEach(parameter -> names.add(parameter.path("name").asText()));
        document.at("/paths")
                .path(path)
                .path(method)
                .path("parameters")
                .forEach(parameter -> names.add(parameter.path("name").asText()));
        return names;
    }

    private static List<String> fields(String schema) {
        List<String> names = new ArrayList<>();
        document.at("/components/schemas/" + schema + "/properties")
                .fieldNames()
                .forEachRemaining(names::add);
        return names;
    }
}
