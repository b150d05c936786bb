{#- R squared of the regression line; a flat window (deviation <= 2e-5) has none. -#}
{% macro alpha158_rsqr(days) %}
    case
        when close_std_{{ days }} > 2e-5
            then {{ alpha158_without_residue('close_day_corr_' ~ days ~ ' * close_day_corr_' ~ days) }}
    end
{% endmacro %}
