{#- 1 for the smallest errors expected a day, one more with every edge of the var
    volatility_edges that yhat_std / sqrt(horizon) reaches; NULL without yhat_std. -#}
{% macro volatility_bucket() -%}
    case
        {% for edge in var('volatility_edges') -%}
        when yhat_std / sqrt(horizon) < {{ edge }} then {{ loop.index }}
        {% endfor -%}
        when yhat_std is not null then {{ var('volatility_edges') | length + 1 }}
    end
{%- endmacro %}
