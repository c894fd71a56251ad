package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.InstallCommand;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Helm prints behind an installation, rendered without a cluster. */
@DisplayName("The notes of the chart")
class NotesTest {
    private static final String WARNING = "WARNING: VMs and journals share this site";

    private static String notes(Map<String, String> more) {
        InstallCommand command = Chart.helm()
                .install()
                .withName("hf")
                .withNamespace("dr")
                .withKubeVersion("1.31.0")
                .clientOnly()
                .dryRun();
        Map<String, String> values = new HashMap<>(Chart.REQUIRED);
        values.putAll(more);
        values.forEach(command::set);
        String output = command.call().getOutput();
        assertThat(output).contains("NOTES:");
        return output.substring(output.indexOf("NOTES:"));
    }

    @Test
    void warn_when_a_release_s_agents_feed_its_own_routers() {
        assertThat(notes(Map.of("agent.enabled", "true"))).contains(WARNING, "docs/install.md");
    }

    @Test
    void do_not_warn_of_a_site_that_only_recovers_nor_of_agents_that_feed_another_one() {
        assertThat(notes(Map.of())).contains("Holdfast", "Agents:").doesNotContain("WARNING");
        assertThat(notes(Map.of("agent.enabled", "true", "agent.routers[0]", "router-0.dr.example:9443")))
                .doesNotContain("WARNING");
    }
}
