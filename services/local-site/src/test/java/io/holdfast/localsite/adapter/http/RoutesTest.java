package io.holdfast.localsite.adapter.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.localsite.part.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesTest {
    /** Up to the first part that stands for an id. */
    private static final Pattern PATH_OF_A_CONTRACT = Pattern.compile(" {2}(/api/v1/[a-z/-]*[a-z]).*:");

    private final Routes routes = new Routes(EnumSet.allOf(Part.class));

    @ParameterizedTest
    @CsvSource({
        "/api/v1/sites,INVENTORY",
        "/api/v1/hosts,INVENTORY",
        "/api/v1/agents,INVENTORY",
        "/api/v1/vms/6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10,INVENTORY",
        "/api/v1/volumes,INVENTORY",
        "/api/v1/protection-groups/x/checkpoints,PROTECTION_GROUP",
        "/api/v1/journals/x/sessions/y,JOURNAL_STORE",
        "/api/v1/plans/x/runs,RECOVERY_PLAN",
        "/api/v1/runs/x/report,RECOVERY_PLAN"
    })
    void the_path_decides_the_service_and_is_passed_on_unchanged(String path, Part part) {
        assertThat(routes.of(path)).isEqualTo(new Target.Service(part, path));
    }

    /** By the contracts that are checked in beside the services. */
    @ParameterizedTest
    @EnumSource(names = {"INVENTORY", "PROTECTION_GROUP", "JOURNAL_STORE", "RECOVERY_PLAN"})
    void every_path_of_a_services_contract_leads_to_it(Part service) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("..", service.toString(), "openapi.yaml"))) {
            List<String> paths = lines.map(PATH_OF_A_CONTRACT::matcher)
                    .filter(Matcher::matches)
                    .map(path -> path.group(1))
                    .toList();

            assertThat(paths).isNotEmpty().allSatisfy(path -> assertThat(routes.of(path))
                    .isEqualTo(new Target.Service(service, path)));
        }
    }

    @Test
    void metrics_and_openapi_of_every_service_have_an_address() {
        for (Part service : Part.services()) {
            assertThat(routes.of("/metrics/" + service)).isEqualTo(new Target.Service(service, "/q/metrics"));
            assertThat(routes.of("/openapi/" + service)).isEqualTo(new Target.Service(service, "/q/openapi"));
        }
    }

    @Test
    void the_sites_own_pages_are_found() {
        assertThat(routes.of("/")).isEqualTo(new Target.Index());
        assertThat(routes.of("/status")).isEqualTo(new Target.Status());
        assertThat(routes.of("/control/parts/kafka/kill")).isEqualTo(new Target.Control("kafka", "kill"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/q/health",
                "/api",
                "/api/v1",
                "/api/v2/vms",
                "/api/v1/secrets",
                "/api/v1/vmsx",
                "/metrics",
                "/metrics/kafka",
                "/metrics/postgres",
                "/metrics/inventory/x",
                "/openapi/nobody",
                "/status/x",
                "/control",
                "/control/parts",
                "/control/parts/kafka/kill/now"
            })
    void everything_else_is_nowhere(String path) {
        assertThat(routes.of(path)).isInstanceOfSatisfying(Target.Refused.class, refused -> assertThat(refused.status())
                .isEqualTo(404));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/vms/../../../q/health",
                "/api/v1/vms/..",
                "/api/v1/vms/./x",
                "/api/v1/vms/%2e%2e/q",
                "/api/v1/vms/%2E%2E%2Fq",
                "/api/v1/vms/%2fq",
                "/api/v1/vms/%5c..%5cq",
                "/api/v1/vms\\..\\q",
                "/api/v1//vms",
                "//api/v1/vms",
                "/api/v1/vms/%00",
                "/api/v1/vms/%0d%0aX-Evil: 1",
                "/api/v1/vms/%1f",
                "/api/v1/vms/%7f",
                "/api/v1/vms/%252e%252e",
                "/api/v1/vms/..;/q",
                "/api/v1/vms/ü",
                "/api/v1/vms/a b",
                "api/v1/vms",
                ""
            })
    void a_path_that_two_readers_could_understand_differently_is_refused(String path) {
        assertThat(routes.of(path)).isInstanceOfSatisfying(Target.Refused.class, refused -> assertThat(refused.status())
                .isEqualTo(400));
    }

    @Test
    void a_missing_or_endless_path_is_refused() {
        assertThat(routes.of(null)).isInstanceOf(Target.Refused.class);
        assertThat(routes.of("/api/v1/vms/" + "x".repeat(5_000))).isInstanceOf(Target.Refused.class);
    }

    @Test
    void a_service_that_the_site_runs_without_is_named() {
        assertThat(new Routes(Set.of(Part.INVENTORY)).of("/api/v1/plans"))
                .isInstanceOfSatisfying(Target.Refused.class, refused -> assertThat(refused.detail())
                        .contains("without recovery-plan"));
    }
}
