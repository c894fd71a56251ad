package io.holdfast.localsite;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.holdfast.localsite", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule features_know_the_jdk_and_the_kernel_only = classes()
            .that()
            .resideInAnyPackage(
                    "io.holdfast.localsite.part..", "io.holdfast.localsite.plan..", "io.holdfast.localsite.identity..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "io.holdfast.kernel..",
                    "io.holdfast.localsite",
                    "io.holdfast.localsite.part..",
                    "io.holdfast.localsite.plan..",
                    "io.holdfast.localsite.identity..")
            .because("order, ports, restarts and identity are rules that must be testable without any process");

    @ArchTest
    static final ArchRule no_service_is_imported = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.inventory..",
                    "io.holdfast.protectiongroup..",
                    "io.holdfast.recoveryplan..",
                    "io.holdfast.journalstore..",
                    "io.holdfast.replicationrouter..",
                    "io.holdfast.replicationagent..",
                    "io.holdfast.platform..")
            .because("the services are started as they ship; linking them would test something else");

    @ArchTest
    static final ArchRule the_command_line_is_only_a_shell = noClasses()
            .that()
            .resideOutsideOfPackage("io.holdfast.localsite.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.holdfast.localsite.cli..", "picocli..")
            .because("tests use the site as a library and must get all of it");

    @ArchTest
    static final ArchRule engines_do_not_know_each_other = slices().matching(
                    "io.holdfast.localsite.adapter.(kafka|postgres|http)..")
            .should()
            .notDependOnEachOther()
            .because("each can be replaced alone");
}
