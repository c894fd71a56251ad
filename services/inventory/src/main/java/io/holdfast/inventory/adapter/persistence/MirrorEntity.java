package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.mirror.Break;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.Mirror;
import io.holdfast.inventory.mirror.SiteStatus;
import io.holdfast.inventory.mirror.StatusDigest;
import io.holdfast.inventory.mirror.StatusPosition;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Mirror")
@Table(name = "mirror")
class MirrorEntity {
    @Id
    UUID id;

    String name;

    @Enumerated(EnumType.STRING)
    Health health;

    @Column(name = "omitted_groups")
    long omittedGroups;

    @Column(name = "omitted_vms")
    long omittedVms;

    String groups;
    String vms;
    UUID incarnation;
    long sequence;

    @Column(name = "groups_digest")
    String groupsDigest;

    @Column(name = "vms_digest")
    String vmsDigest;

    UUID run;
    long call;

    @Column(name = "told_at")
    Instant toldAt;

    @Column(name = "contact_at")
    Instant contactAt;

    @Enumerated(EnumType.STRING)
    @Column(name = "break_kind")
    Break.Kind breakKind;

    @Column(name = "break_at")
    Instant breakAt;

    @Column(name = "break_from")
    Long breakFrom;

    @Column(name = "break_to")
    Long breakTo;

    @Version
    int version;

    Mirror toDomain() {
        return new Mirror(
                new SiteId(id),
                new SiteStatus(
                        new SiteStatus.Summary(name, health, omittedGroups, omittedVms),
                        StoredStatus.groups(groups),
                        StoredStatus.vms(vms)),
                new StatusPosition(incarnation, sequence, new StatusDigest(groupsDigest, vmsDigest)),
                run,
                call,
                toldAt,
                contactAt,
                Optional.ofNullable(breakKind).map(kind -> new Break(kind, breakAt, breakFrom, breakTo)));
    }

    void take(Mirror mirror) {
        id = mirror.site().value();
        name = mirror.status().summary().name();
        health = mirror.status().summary().health();
        omittedGroups = mirror.status().summary().omittedGroups();
        omittedVms = mirror.status().summary().omittedVms();
        groups = StoredStatus.ofGroups(mirror.status().groups());
        vms = StoredStatus.ofVms(mirror.status().vms());
        incarnation = mirror.told().incarnation();
        sequence = mirror.told().sequence();
        groupsDigest = mirror.told().digest().groups();
        vmsDigest = mirror.told().digest().vms();
        run = mirror.run();
        call = mirror.call();
        toldAt = mirror.toldAt();
        contactAt = mirror.contactAt();
        breakKind = mirror.broken().map(Break::kind).orElse(null);
        breakAt = mirror.broken().map(Break::at).orElse(null);
        breakFrom = mirror.broken().map(Break::from).orElse(null);
        breakTo = mirror.broken().map(Break::to).orElse(null);
    }
}
