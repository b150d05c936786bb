{#- Distribution function of the standard normal, off by at most 7e-8 (see two_sided_p_value). -#}
{% macro normal_cdf(z) -%}
    case
        when {{ z }} < 0 then ({{ two_sided_p_value(z) }}) / 2
        else 1 - ({{ two_sided_p_value(z) }}) / 2
    end
{%- endmacro %}
