{#- The label column that belongs to a forecast's horizon, NULL for a horizon without labels. -#}
{% macro label_of_horizon(label, data_type) -%}
    cast(
        case forecasts.horizon
            {% for horizon in var('horizons') -%}
            when {{ horizon }} then labels.{{ label }}_{{ horizon }}d
            {% endfor -%}
        end as {{ data_type }}
    )
{%- endmacro %}
