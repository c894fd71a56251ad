package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.FakeSite.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The command holdfast capacity")
class CapacityCommandTest {
    private static final String GROUP = "aaaaaaaa-0000-4000-8000-000000000002";

    private final FakeSite site = new FakeSite();

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void what_if_asks_in_the_units_of_the_interface_and_says_what_is_not_met() {
        site.on("POST /api/v1/capacity/what-if", 200, """
                {"from":"2026-01-02T03:00:00Z","until":"2026-01-02T05:00:00Z","observedPercent":87.5,"rpo":"PT30S","history":"PT24H","growth":1.5,
                 "packing":0.4,"packingSource":"MEASURED","meanBytesPerSecond":1048576,"busiestBytesPerSecond":5242880,"neededBytesPerSecond":3145728,
                 "journalBytes":1073741824,"journalExtrapolated":true,
                 "onLink":{"linkBytesPerSecond":2097152,"longestDelay":"PT4M","longestDelayAt":"2026-01-02T04:00:00Z","largestBacklogBytes":503316480,
                           "ringBytes":67108864,"fitsRing":false,"backlogAtEndBytes":1024,"meetsRpo":false},
                 "groups":[{"id":"%s","name":"shop","observedMinutes":105,"meanBytesPerSecond":1048576,"busiestBytesPerSecond":5242880,"journalBytes":1073741824}]}
                """.formatted(GROUP));

        Result shown = site.run(
                "capacity",
                "what-if",
                "--group",
                GROUP,
                "--link",
                "2MiB",
                "--rpo",
                "30s",
                "--history",
                "24h",
                "--growth",
                "1.5");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out().lines())
                .containsExactly(
                        "observed 88 % of 2026-01-02T03:00:00Z to 2026-01-02T05:00:00Z; 0.40 sent per byte written (MEASURED)",
                        "needed for an RPO of 30.0s: 3.0 MiB/s; mean 1.0 MiB/s, busiest minute 5.0 MiB/s",
                        "journal for 24h00m: 1.0 GiB (a guess: less was observed)",
                        "on 2.0 MiB/s: behind by 4m00s at most (2026-01-02T04:00:00Z), the RPO of 30.0s is NOT met; 480.0 MiB wait at most, the agents hold 64.0 MiB",
                        "the link was still behind by 1.0 KiB when the trace ended",
                        "GROUP  OBSERVED  MEAN/S   BUSIEST/S  JOURNAL",
                        "shop   105 min   1.0 MiB  5.0 MiB    1.0 GiB");
        assertThat(site.asked())
                .last()
                .satisfies(
                        asked -> assertThat(asked.body())
                                .isEqualTo(
                                        "{\"pgIds\":[\"" + GROUP
                                                + "\"],\"linkBytesPerSecond\":2097152,\"rpo\":\"PT30S\",\"history\":\"PT24H\",\"growth\":1.5}"));
    }

    @Test
    void traffic_tells_what_is_not_known() {
        site.on(
                "GET /api/v1/protection-groups/" + GROUP + "/traffic",
                200,
                "{\"pgId\":\"" + GROUP
                        + "\",\"observedMinutes\":1,\"writtenBytes\":2048,\"stepMinutes\":1,\"steps\":[{\"at\":\"2026-01-02T03:00:00Z\",\"observedMinutes\":1,\"writtenBytes\":2048}]}");

        Result shown = site.run("capacity", "traffic", GROUP, "--last", "90m");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out().lines())
                .containsExactly(
                        "2.0 KiB written in 1 observed minutes, - sent per byte written",
                        "FROM                  OBSERVED  WRITTEN",
                        "2026-01-02T03:00:00Z  1 min     2.0 KiB");
        assertThat(site.asked()).anySatisfy(asked -> assertThat(asked.path()).endsWith("/traffic?last=PT1H30M"));
    }
}
