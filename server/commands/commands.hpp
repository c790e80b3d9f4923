#pragma once
// The subcommands of `doorward`, one file each: how it is called, and what it does when it is. Each runs on
// the main thread and leaves its exit code in `exit_code`.
namespace CLI {
class App;
}

namespace doorward {

inline constexpr const char* exit_codes_text =
    "Exit codes: 0 done; 1 tried, and refused or failed; 2 the command line, the configuration or the\n"
    "input has to change: standard error says how.";

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  // it was tried, and the answer is no
inline constexpr int exit_usage = 2;   // the command line, the configuration or the input has to change

void add_audit_command(CLI::App& app, int& exit_code);
void add_backup_command(CLI::App& app, int& exit_code);
void add_explain_command(CLI::App& app, int& exit_code);
void add_export_command(CLI::App& app, int& exit_code);
void add_guesses_command(CLI::App& app, int& exit_code);
void add_login_command(CLI::App& app, int& exit_code);
void add_plugin_command(CLI::App& app, int& exit_code);
void add_render_command(CLI::App& app, int& exit_code);
void add_restore_command(CLI::App& app, int& exit_code);
void add_serve_command(CLI::App& app, int& exit_code);
void add_sync_command(CLI::App& app, int& exit_code);
void add_token_command(CLI::App& app, int& exit_code);
void add_verifier_command(CLI::App& app, int& exit_code);

}  // namespace doorward
