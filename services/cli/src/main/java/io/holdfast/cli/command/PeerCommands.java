package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast site …}: other sites that this one is paired with (docs/pairing.md). */
@Command(
        name = "site",
        description = "Other sites: invite one, join one, see how they are.",
        subcommands = {
            PeerCommands.Invite.class,
            PeerCommands.Invitations.class,
            PeerCommands.RevokeInvitation.class,
            PeerCommands.Join.class,
            PeerCommands.Peers.class,
            PeerCommands.Show.class,
            PeerCommands.Revoke.class
        })
public final class PeerCommands {
    private static final String INVITATIONS = "api/v1/sites/invitations";
    private static final String PEERS = "api/v1/sites/peers";

    @Command(
            name = "invite",
            description =
                    "Makes a token with which another site can join this one, once. It is shown now and never again.")
    static final class Invite extends SiteCommand {
        @Option(
                names = "--life",
                paramLabel = "TIME",
                defaultValue = "1h",
                description = "How long it can be used: 1m to 7d; default ${DEFAULT-VALUE}.")
        String life;

        @Override
        ExitCode run() {
            ObjectNode order =
                    Words.object().put("life", Words.duration("--life", life).toString());
            return show(site().post(INVITATIONS, order), issued -> {
                JsonNode invitation = issued.path("invitation");
                aside().printf(
                                "invitation %s, until %s; at the other site: holdfast site join TOKEN%n",
                                Shown.text(invitation.path("id")), Shown.instant(invitation.path("expiresAt")));
                out().println(Shown.text(issued.path("token")));
            });
        }
    }

    @Command(name = "invitations", description = "Invitations of the last 30 days.")
    static final class Invitations extends SiteCommand {
        @Override
        ExitCode run() {
            Table table = new Table("ID", "STATE", "BY", "CREATED AT", "UNTIL", "USED BY SITE");
            return show(
                    site().list(INVITATIONS),
                    table,
                    one -> table.row(
                            Shown.text(one.path("id")),
                            Shown.text(one.path("state")),
                            Shown.text(one.path("createdBy")),
                            Shown.instant(one.path("createdAt")),
                            Shown.instant(one.path("expiresAt")),
                            Shown.text(one.path("usedBySiteId"))));
        }
    }

    @Command(name = "uninvite", description = "Revokes an invitation that nobody has used.")
    static final class RevokeInvitation extends SiteCommand {
        @Parameters(paramLabel = "INVITATION", description = "Its id.")
        String invitation;

        @Override
        ExitCode run() {
            return told(site().delete(INVITATIONS + "/" + Site.encoded(invitation)), "revoked");
        }
    }

    @Command(
            name = "join",
            description = "Pairs this site with the one that made the token. May be repeated with the same token.")
    static final class Join extends SiteCommand {
        @Parameters(
                paramLabel = "TOKEN",
                description =
                        "What 'holdfast site invite' showed there; - reads it from standard input, where no list of processes shows it.")
        String token;

        @Override
        ExitCode run() {
            String text = token.equals("-") ? Words.line("TOKEN") : token;
            return show(site().post(PEERS, Words.object().put("token", text)), peer -> out().printf(
                            "paired with %s (%s), under authority %s%n",
                            Shown.text(peer.path("name")),
                            Shown.text(peer.path("id")),
                            Shown.text(peer.path("authority"))));
        }
    }

    @Command(name = "list", description = "Peers, and sites that were peers.")
    static final class Peers extends SiteCommand {
        @Override
        ExitCode run() {
            Table table = new Table("NAME", "ID", "STATE", "REACH", "HEARD", "HEALTH", "GROUPS", "CALLED AT", "");
            return show(
                    site().list(PEERS),
                    table,
                    peer -> table.row(
                            Shown.text(peer.path("name")),
                            Shown.text(peer.path("id")),
                            Shown.text(peer.path("state")),
                            Shown.text(peer.path("status").path("reach")),
                            heard(peer.path("status")),
                            Shown.text(peer.path("status").path("health")),
                            Shown.text(peer.path("status").path("groupCount")),
                            peer.hasNonNull("calledAt") ? Shown.text(peer.path("calledAt")) : "calls here",
                            remark(peer.path("status"))));
        }

        private static String remark(JsonNode status) {
            String broken = status.path("broken").path("kind").asText();
            String failure = status.path("failure").path("code").asText();
            return (broken.isEmpty() ? "" : "database " + broken + " ") + failure;
        }
    }

    private static String heard(JsonNode status) {
        return status.hasNonNull("age") ? Shown.duration(status.path("age")) + " ago" : "never";
    }

    @Command(
            name = "show",
            description = "A peer's groups and VMs, as it told them last. Exit code 1 when that is not current.")
    static final class Show extends SiteCommand {
        @Parameters(paramLabel = "SITE", description = "Name or id.")
        String peer;

        @Override
        ExitCode run() {
            String path = PEERS + "/" + lookup().peer(peer);
            JsonNode site = site().get(path);
            List<JsonNode> groups = site().list(path + "/groups");
            List<JsonNode> vms = site().list(path + "/vms");
            ObjectNode result = Words.object();
            result.set("peer", site);
            groups.forEach(result.putArray("groups")::add);
            vms.forEach(result.putArray("vms")::add);
            show(result, _ -> print(site.path("status"), groups, vms));
            return site.path("status").path("reach").asText().equals("CURRENT") ? ExitCode.DONE : ExitCode.FAILED;
        }

        private void print(JsonNode status, List<JsonNode> groups, List<JsonNode> vms) {
            out().printf("%s, heard %s%n%n", Shown.text(status.path("reach")), heard(status));
            Table table = new Table("GROUP", "LIFECYCLE", "HEALTH", "RPO");
            groups.forEach(group -> table.row(
                    Shown.text(group.path("name")),
                    Shown.text(group.path("lifecycle")),
                    Shown.text(group.path("health")),
                    Shown.duration(group.path("rpo"))));
            table.print(out());
            out().println();
            Table owners = new Table("VM", "ID", "OWNER", "EPOCH");
            vms.forEach(vm -> owners.row(
                    Shown.text(vm.path("name")),
                    Shown.text(vm.path("id")),
                    vm.hasNonNull("owner") ? Shown.text(vm.path("owner")) : "its source",
                    Shown.text(vm.path("ownershipEpoch"))));
            owners.print(out());
        }
    }

    @Command(
            name = "revoke",
            description =
                    "Ends a pairing: from now on that site's certificates are refused here. Replication and recovery go on.")
    static final class Revoke extends SiteCommand {
        @Parameters(paramLabel = "SITE", description = "Name or id.")
        String peer;

        @Override
        ExitCode run() {
            return told(site().delete(PEERS + "/" + lookup().peer(peer)), "revoked");
        }
    }
}
