{#- Correlation of close and log volume; where either is flat (deviation <= 2e-5) there is none. -#}
{% macro alpha158_corr(days) %}
    case
        when close_std_{{ days }} > 2e-5 and log_volume_std_{{ days }} > 2e-5
            then close_log_volume_corr_{{ days }}
    end
{% endmacro %}
