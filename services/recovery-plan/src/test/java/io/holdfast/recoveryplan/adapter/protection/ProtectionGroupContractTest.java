package io.holdfast.recoveryplan.adapter.protection;

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

/** What the client relies on stands in the interface that protection-group has checked in. */
@DisplayName("The interface of protection-group")
class ProtectionGroupContractTest {
    private static final Path DOCUMENT = Path.of("../protection-group/openapi.yaml");
    private static JsonNode document;

    @BeforeAll
    static void read() throws Exception {
        assumeTrue(Files.exists(DOCUMENT), "services/protection-group/openapi.yaml is not there");
        document = new YAMLMapper().readTree(DOCUMENT.toFile());
    }

    @ParameterizedTest(name = "has {0} {1}")
    @CsvSource({
        "get, ''",
        "get, /failover",
        "post, /failover",
        "post, /failover/cancel",
        "post, /failover/commit",
        "post, /failover/return",
        "post, /checkpoints",
        "get, /checkpoint-requests/{checkpointId}",
        "post, /pause",
        "post, /resume",
    })
    void hasTheOperationsThatWeCall(String method, String path) {
        JsonNode operations = document.at("/paths").path("/api/v1/protection-groups/{id}" + path);

        assertThat(operations.has(method)).as("%s %s", method, path).isTrue();
    }

    @Test
    void hasTheFieldsThatWeSendAndRead() {
        assertThat(fields("Failover")).contains("runId");
        assertThat(fields("ReturnFromFailover")).contains("discardRecovered");
        assertThat(fields("FailoverState")).contains("state", "runId", "vms");
        assertThat(fields("OwnedVm")).contains("vmId", "agentId", "epoch");
        assertThat(fields("CheckpointAccepted")).contains("checkpointId");
        assertThat(fields("CheckpointRequest")).contains("progress", "errorCode", "errorMessage");
        assertThat(fields("CutCheckpoint")).contains("name");
    }

    private static List<String> fields(String schema) {
        List<String> names = new ArrayList<>();
        document.at("/components/schemas/" + schema + "/properties")
                .fieldNames()
                .forEachRemaining(names::add);
        return names;
    }
}
