package io.holdfast.replicationrouter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers of architecture section 2, as a build rule. */
@AnalyzeClasses(packages = "io.holdfast", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    private static final String ROUTER = "io.holdfast.replicationrouter.";
    private static final String[] FEATURES = {
        ROUTER + "policy..",
        ROUTER + "session..",
        ROUTER + "stream..",
        ROUTER + "flow..",
        ROUTER + "checkpoint..",
        ROUTER + "command..",
        ROUTER + "lease.."
    };

    @ArchTest
    static final ArchRule features_need_the_jdk_and_the_kernel_only = noClasses()
            .that()
            .resideInAnyPackage(FEATURES)
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "java..",
                    "io.holdfast.kernel..",
                    ROUTER + "policy..",
                    ROUTER + "session..",
                    ROUTER + "stream..",
                    ROUTER + "flow..",
                    ROUTER + "checkpoint..",
                    ROUTER + "command..",
                    ROUTER + "lease..")
            .because("rules that know no technology can be simulated, and survive a change of it");

    @ArchTest
    static final ArchRule the_runtime_knows_no_adapter = noClasses()
            .that()
            .resideInAPackage(ROUTER + "runtime..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    ROUTER + "adapter..",
                    "io.quarkus..",
                    "io.grpc..",
                    "io.netty..",
                    "org.apache.kafka..",
                    "io.micrometer..")
            .because("the runtime is driven through ports, by real adapters or by a simulation");

    @ArchTest
    static final ArchRule only_the_quarkus_adapter_knows_quarkus = noClasses()
            .that()
            .resideInAPackage("io.holdfast.replicationrouter..")
            .and()
            .resideOutsideOfPackage(ROUTER + "adapter.quarkus..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus..", "jakarta..", "org.eclipse.microprofile..")
            .because("a router can be started by a test, twice in one JVM");

    @ArchTest
    static final ArchRule features_do_not_depend_on_each_other_in_circles = slices().matching(
                    "io.holdfast.replicationrouter.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a circle is one package with two names");

    @ArchTest
    static final ArchRule no_service_imports_another = noClasses()
            .that()
            .resideInAPackage("io.holdfast.replicationrouter..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.inventory..",
                    "io.holdfast.protectiongroup..",
                    "io.holdfast.journalstore..",
                    "io.holdfast.recoveryplan..",
                    "io.holdfast.replicationagent..")
            .because("services share contracts, not code (architecture section 2)");
}
