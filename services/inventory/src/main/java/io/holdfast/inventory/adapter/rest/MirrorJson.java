package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.mirror.Break;
import io.holdfast.inventory.mirror.GroupStatus;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.Mirror;
import io.holdfast.inventory.mirror.PeerCalls;
import io.holdfast.inventory.mirror.Reach;
import io.holdfast.inventory.mirror.VmStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What REST shows of another site's status: never without saying how old it is. */
final class MirrorJson {
    private MirrorJson() {}

    @Schema(
            name = "DatabaseBreak",
            description = "The site went on from an older database (REWOUND) or from another one (REPLACED)")
    record BreakJson(Break.Kind kind, Instant noticedAt, long fromSequence, long toSequence) {
        static BreakJson of(Break found) {
            return new BreakJson(found.kind(), found.at(), found.from(), found.to());
        }
    }

    @Schema(name = "LinkFailure", description = "Why the last call did not go well")
    record FailureJson(String code, String message, Instant at) {
        static FailureJson of(PeerCalls.Failure failure) {
            return new FailureJson(failure.code(), failure.message(), failure.at());
        }
    }

    @Schema(name = "PeerStatus")
    record StatusJson(
            Reach reach,
            Instant lastContactAt,
            Duration age,

            @Schema(description = "UNKNOWN unless the status is current")
            Health health,

            Long sequence,
            Integer groupCount,
            Integer vmCount,

            @Schema(description = "Groups that the peer has and does not tell, for there are too many")
            Long omittedGroups,

            Long omittedVms,
            BreakJson broken,
            FailureJson failure) {
        static StatusJson of(Optional<Mirror> mirror, Reach reach, Optional<PeerCalls.Failure> failure, Instant now) {
            return new StatusJson(
                    reach,
                    mirror.map(Mirror::contactAt).orElse(null),
                    mirror.map(known -> known.age(now)).orElse(null),
                    health(mirror, reach),
                    mirror.map(known -> known.told().sequence()).orElse(null),
                    mirror.map(known -> known.status().groups().size()).orElse(null),
                    mirror.map(known -> known.status().vms().size()).orElse(null),
                    mirror.map(known -> known.status().summary().omittedGroups())
                            .orElse(null),
                    mirror.map(known -> known.status().summary().omittedVms()).orElse(null),
                    mirror.flatMap(Mirror::broken).map(BreakJson::of).orElse(null),
                    failure.map(FailureJson::of).orElse(null));
        }

        private static Health health(Optional<Mirror> mirror, Reach reach) {
            return reach == Reach.CURRENT
                    ? mirror.map(known -> known.status().summary().health()).orElse(Health.UNKNOWN)
                    : Health.UNKNOWN;
        }
    }

    @Schema(name = "MirroredGroup")
    record GroupJson(
            String id,
            String name,
            String lifecycle,
            Health health,

            @Schema(description = "Age of the newest checkpoint by now; left out = the peer did not know it")
            Duration rpo,

            @Schema(description = "By the peer's clock") Instant newestCheckpointAt,

            Reach reach) {
        static GroupJson of(Mirror mirror, Reach reach, GroupStatus group, Instant now) {
            return new GroupJson(
                    group.id().toString(),
                    group.name(),
                    group.lifecycle(),
                    reach == Reach.CURRENT ? group.health() : Health.UNKNOWN,
                    mirror.rpo(group, now).orElse(null),
                    group.newestCheckpoint().orElse(null),
                    reach);
        }
    }

    @Schema(name = "MirroredVm")
    record VmJson(
            String id,
            String name,
            String groupId,
            long ownershipEpoch,

            @Schema(description = "Left out = its source") String owner,

            Reach reach) {
        static VmJson of(VmStatus vm, Reach reach) {
            return new VmJson(
                    vm.id().toString(),
                    vm.name(),
                    vm.group().toString(),
                    vm.epoch(),
                    vm.owner().isEmpty() ? null : vm.owner(),
                    reach);
        }
    }
}
