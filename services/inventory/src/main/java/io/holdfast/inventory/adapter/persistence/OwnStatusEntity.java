package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.mirror.Break;
import io.holdfast.inventory.mirror.OwnStatus;
import io.holdfast.inventory.mirror.StatusDigest;
import io.holdfast.inventory.mirror.StatusPosition;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The one row of it. Whoever writes has locked the table's right to do so. */
@Entity(name = "OwnStatus")
@Table(name = "own_status")
class OwnStatusEntity {
    @Id
    boolean one = true;

    UUID incarnation;
    long sequence;

    @Column(name = "groups_digest")
    String groupsDigest;

    @Column(name = "vms_digest")
    String vmsDigest;

    @Column(name = "rewound_at")
    Instant rewoundAt;

    @Column(name = "rewound_from")
    Long rewoundFrom;

    @Column(name = "rewound_to")
    Long rewoundTo;

    OwnStatus toDomain() {
        return new OwnStatus(
                new StatusPosition(incarnation, sequence, new StatusDigest(groupsDigest, vmsDigest)),
                Optional.ofNullable(rewoundAt).map(at -> new Break(Break.Kind.REWOUND, at, rewoundFrom, rewoundTo)));
    }

    void take(OwnStatus own) {
        incarnation = own.position().incarnation();
        sequence = own.position().sequence();
        groupsDigest = own.position().digest().groups();
        vmsDigest = own.position().digest().vms();
        rewoundAt = own.rewound().map(Break::at).orElse(null);
        rewoundFrom = own.rewound().map(Break::from).orElse(null);
        rewoundTo = own.rewound().map(Break::to).orElse(null);
    }
}
